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
 * @param registration the tower's; with {@link Misbehaviour#WRONG_REGISTRATION}, what was received
 *     in place of one
 * @param promise the receipt that the tower breaks; with {@link Misbehaviour#WRONG_SIGNATURE}, what
 *     was received in place of one; empty with {@link Misbehaviour#WRONG_REGISTRATION}
 * @param signedBy whose the signature really is, with the two kinds of wrong signatures; empty if
 *     no key can have made it
 * @param answer what the tower said, as the user says
 * @param statement the user's signature over {@link #stated}
 */
public record Proof(
    Misbehaviour kind,
    ReceiptParties parties,
    Registration registration,
    Optional<SignedReceipt> promise,
    Optional<PublicKey> signedBy,
    RecordedResponse answer,
    String statement) {

  /** What {@code format} says in a proof's file. */
  public static final String FORMAT = "teos-proof/1";

  private static final int PROMISE_FIELDS = 6;

  /** A proof that {@code user} signs. */
  public static Proof by(
      SecretKey user,
      Misbehaviour kind,
      ReceiptParties parties,
      Registration registration,
      Optional<SignedReceipt> promise,
      Optional<PublicKey> signedBy,
      RecordedResponse answer) {
    Proof unsigned = new Proof(kind, parties, registration, promise, signedBy, answer, "");
    String statement = MessageSignature.sign(unsigned.stated(), user);
    return new Proof(kind, parties, registration, promise, signedBy, answer, statement);
  }

  /**
   * What the user signs: the text {@code teos-proof/1}, then each value of the file in the file's
   * order, as text, with its length in bytes before it (u32 BE). Numbers are decimal; a value that
   * is not in the file is empty.
   */
  public byte[] stated() {
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
            kind.text(),
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
            signedBy.map(PublicKey::toHex).orElse(""),
            answer.path(),
            Integer.toString(answer.status()),
            answer.body(),
            answer.receivedAt().toString());
    return Stream.of(head, promiseValues().stream(), tail).flatMap(part -> part);
  }

  private List<String> promiseValues() {
    return promise
        .map(
            given ->
                List.of(
                    given.sent().appointment().locator().toHex(),
                    JsonText.hex(given.sent().appointment().encryptedBlob()),
                    Long.toString(given.sent().appointment().toSelfDelay()),
                    given.sent().signature(),
                    Long.toString(given.startBlock()),
                    given.signature()))
        .orElseGet(() -> Stream.generate(() -> "").limit(PROMISE_FIELDS).toList());
  }

  /** The content of its file. */
  public ObjectNode json() {
    ObjectNode json = JsonText.object().put("format", FORMAT).put("kind", kind.text());
    parties.into(json);
    registration.into(json.putObject("registration"), parties.dialect());
    promise.ifPresent(given -> given.into(json.putObject("receipt")));
    signedBy.ifPresent(key -> json.put("signed_by", key.toHex()));
    answer.into(json.putObject("answer"));
    return json.put("statement_signature", statement);
  }

  /**
   * Reads a proof's file; signatures are not checked here.
   *
   * @throws MalformedException if it is not one
   */
  public static Proof parse(String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.wrong("format", FORMAT + " is expected");
    }
    Misbehaviour kind = json.value("kind", "a kind of misbehaviour", Misbehaviour::parse);
    ReceiptParties parties = ReceiptParties.from(json);
    JsonFields registration = json.object("registration");
    JsonFields answer = json.object("answer");
    Proof proof =
        new Proof(
            kind,
            parties,
            Registration.from(registration, parties.dialect()),
            promise(json),
            json.has("signed_by")
                ? Optional.of(
                    json.value("signed_by", "a compressed public key in hex", PublicKey::fromHex))
                : Optional.empty(),
            RecordedResponse.from(answer),
            json.text("statement_signature"));
    registration.end();
    answer.end();
    json.end();
    return proof;
  }

  private static Optional<SignedReceipt> promise(JsonFields json) throws MalformedException {
    if (!json.has("receipt")) {
      return Optional.empty();
    }
    JsonFields fields = json.object("receipt");
    SignedReceipt promise = SignedReceipt.from(fields);
    fields.end();
    return Optional.of(promise);
  }
}
