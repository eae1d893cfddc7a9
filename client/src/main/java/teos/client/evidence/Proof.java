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
 * What a tower has done wrong, in a form that others can check. The user signs all of it, so that
 * nobody can change an accusation, and whose it is can be seen. The file is described in
 * docs/client.md.
 *
 * @param registration the tower's; with {@link MisbehaviourKind#WRONG_REGISTRATION}, what was
 *     received in place of one
 * @param promise the receipt that the tower breaks; with {@link MisbehaviourKind#WRONG_SIGNATURE},
 *     what was received in place of one; empty with {@link MisbehaviourKind#WRONG_REGISTRATION}
 * @param signedBy whose the signature really is, with the two kinds of wrong signatures; empty if
 *     no key can have made it
 * @param answer what the tower said, as the user says
 * @param statement the user's signature over {@link #signedBytes}
 */
public record Proof(
    MisbehaviourKind kind,
    ReceiptParties parties,
    Registration registration,
    Optional<SignedReceipt> signedReceipt,
    Optional<PublicKey> actualSigner,
    RecordedResponse response,
    String statementSignature) {

  /** What {@code format} says in a proof's file. */
  public static final String FORMAT = "teos-proof/1";

  private static final int RECEIPT_FIELDS = 6;

  /** A proof that {@code user} signs. */
  public static Proof create(
      SecretKey user,
      MisbehaviourKind kind,
      ReceiptParties parties,
      Registration registration,
      Optional<SignedReceipt> promise,
      Optional<PublicKey> signedBy,
      RecordedResponse answer) {
    Proof unsigned = new Proof(kind, parties, registration, promise, signedBy, answer, "");
    String statement = MessageSignature.sign(unsigned.signedBytes(), user);
    return new Proof(kind, parties, registration, promise, signedBy, answer, statement);
  }

  /**
   * What the user signs: the text {@code teos-proof/1}, then each value of the file in the file's
   * order, as text, with its length in bytes before it (u32 BE). Numbers are decimal; a value that
   * is not in the file is empty.
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
            given ->
                List.of(
                    given.signedAppointment().appointment().locator().toHex(),
                    JsonText.hex(given.signedAppointment().appointment().encryptedBlob()),
                    Long.toString(given.signedAppointment().appointment().toSelfDelay()),
                    given.signedAppointment().signature(),
                    Long.toString(given.startBlock()),
                    given.signature()))
        .orElseGet(() -> Stream.generate(() -> "").limit(RECEIPT_FIELDS).toList());
  }

  /** The content of its file. */
  public ObjectNode json() {
    ObjectNode json = JsonText.newObject().put("format", FORMAT).put("kind", kind.fileText());
    parties.writeTo(json);
    registration.writeTo(json.putObject("registration"), parties.dialect());
    signedReceipt.ifPresent(given -> given.writeTo(json.putObject("receipt")));
    actualSigner.ifPresent(key -> json.put("signed_by", key.toHex()));
    response.writeTo(json.putObject("answer"));
    return json.put("statement_signature", statementSignature);
  }

  /**
   * Reads a proof's file; signatures are not checked here.
   *
   * @throws MalformedException if it is not one
   */
  public static Proof parse(String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.malformed("format", FORMAT + " is expected");
    }
    MisbehaviourKind kind = json.parsed("kind", "a kind of misbehaviour", MisbehaviourKind::parse);
    ReceiptParties parties = ReceiptParties.readFrom(json);
    JsonFields registration = json.object("registration");
    JsonFields answer = json.object("answer");
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
            RecordedResponse.readFrom(answer),
            json.text("statement_signature"));
    registration.requireNoOtherFields();
    answer.requireNoOtherFields();
    json.requireNoOtherFields();
    return proof;
  }

  private static Optional<SignedReceipt> signedReceipt(JsonFields json) throws MalformedException {
    if (!json.has("receipt")) {
      return Optional.empty();
    }
    JsonFields fields = json.object("receipt");
    SignedReceipt promise = SignedReceipt.readFrom(fields);
    fields.requireNoOtherFields();
    return Optional.of(promise);
  }
}
