package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * Proof of a tower's misbehaviour that others can verify. The user signs the whole proof, which
 * names its author and prevents changes. The file format is described in docs/client.md.
 *
 * @param registration the tower's registration of the user; with {@link
 *     MisbehaviourKind#WRONG_REGISTRATION}, the one that was received instead
 * @param signedReceipt the receipt that the tower has broken; with {@link
 *     MisbehaviourKind#WRONG_SIGNATURE}, the one that was received instead; empty with {@link
 *     MisbehaviourKind#WRONG_REGISTRATION}
 * @param actualSigner key that made a wrong signature; empty if the signature is not valid for any
 *     key, and with the other kinds
 * @param response the tower's response, as claimed by the user
 * @param statementSignature the user's signature over {@link #signedBytes}
 */
public record Proof(
    MisbehaviourKind kind,
    ReceiptParties parties,
    Registration registration,
    Optional<SignedReceipt> signedReceipt,
    Optional<PublicKey> actualSigner,
    RecordedResponse response,
    String statementSignature) {

  /** Value of {@code format} in the file of a proof. */
  public static final String FORMAT = "teos-proof/1";

  private static final int RECEIPT_FIELDS = 6;

  /** Creates a proof that is signed by {@code user}. */
  public static Proof create(
      SecretKey user,
      MisbehaviourKind kind,
      ReceiptParties parties,
      Registration registration,
      Optional<SignedReceipt> receipt,
      Optional<PublicKey> actualSigner,
      RecordedResponse response) {
    Proof unsigned = new Proof(kind, parties, registration, receipt, actualSigner, response, "");
    String signature = MessageSignature.sign(unsigned.signedBytes(), user);
    return new Proof(kind, parties, registration, receipt, actualSigner, response, signature);
  }

  /**
   * Returns the message that the user signs: the ASCII text {@code teos-proof/1}, then each value
   * of the file, in the file's order, as UTF-8 text preceded by its length in bytes (u32,
   * big-endian). Numbers are decimal. A value that is not in the file is empty.
   */
  public byte[] signedBytes() {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(FORMAT.getBytes(StandardCharsets.US_ASCII));
    for (String value : values().toList()) {
      byte[] text = value.getBytes(StandardCharsets.UTF_8);
      message.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(text.length).array());
      message.writeBytes(text);
    }
    return message.toByteArray();
  }

  private Stream<String> values() {
    Stream<String> head =
        Stream.of(
            kind.fileText(),
            parties.tower().toHex(),
            parties.user().toHex(),
            DialectText.of(parties.dialect()),
            Long.toString(registration.availableSlots()),
            switch (parties.dialect()) {
              case V1 -> "";
              case V2 -> Long.toString(registration.subscriptionStart());
            },
            Long.toString(registration.subscriptionExpiry()),
            registration.signature());
    Stream<String> tail =
        Stream.of(
            actualSigner.map(PublicKey::toHex).orElse(""),
            response.path(),
            Integer.toString(response.status()),
            response.body(),
            response.receivedAt().toString());
    return Stream.of(head, receiptValues().stream(), tail).flatMap(part -> part);
  }

  private List<String> receiptValues() {
    return signedReceipt
        .map(
            receipt ->
                List.of(
                    receipt.signedAppointment().appointment().locator().toHex(),
                    JsonText.hex(receipt.signedAppointment().appointment().encryptedBlob()),
                    Long.toString(receipt.signedAppointment().appointment().toSelfDelay()),
                    receipt.signedAppointment().signature(),
                    Long.toString(receipt.startBlock()),
                    receipt.signature()))
        .orElseGet(() -> Stream.generate(() -> "").limit(RECEIPT_FIELDS).toList());
  }

  /** Returns the content of the proof's file. */
  public ObjectNode json() {
    ObjectNode json = JsonText.newObject().put("format", FORMAT).put("kind", kind.fileText());
    parties.writeTo(json);
    registration.writeTo(json.putObject("registration"), parties.dialect());
    signedReceipt.ifPresent(receipt -> receipt.writeTo(json.putObject("receipt")));
    actualSigner.ifPresent(key -> json.put("signed_by", key.toHex()));
    response.writeTo(json.putObject("answer"));
    return json.put("statement_signature", statementSignature);
  }

  /**
   * Parses the file of a proof without verifying its signatures.
   *
   * @throws MalformedException if the text is not a proof
   */
  public static Proof parse(String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.malformed("format", FORMAT + " is expected");
    }
    MisbehaviourKind kind = json.parsed("kind", "a kind of misbehaviour", MisbehaviourKind::parse);
    ReceiptParties parties = ReceiptParties.readFrom(json);
    JsonFields registration = json.object("registration");
    JsonFields response = json.object("answer");
    Proof proof =
        new Proof(
            kind,
            parties,
            Registration.readFrom(registration, parties.dialect()),
            signedReceipt(json),
            json.has("signed_by")
                ? Optional.of(
                    json.parsed("signed_by", "a compressed public key in hex", PublicKey::fromHex))
                : Optional.empty(),
            RecordedResponse.readFrom(response),
            json.text("statement_signature"));
    registration.requireNoOtherFields();
    response.requireNoOtherFields();
    json.requireNoOtherFields();
    return proof;
  }

  private static Optional<SignedReceipt> signedReceipt(JsonFields json) throws MalformedException {
    if (!json.has("receipt")) {
      return Optional.empty();
    }
    JsonFields fields = json.object("receipt");
    SignedReceipt receipt = SignedReceipt.readFrom(fields);
    fields.requireNoOtherFields();
    return Optional.of(receipt);
  }
}
