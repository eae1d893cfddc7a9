package teos.client.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.Registration;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.client.wire.TowerAddress;

/**
 * A tower that the user has registered with.
 *
 * @param registration the last, signed by the tower
 * @param registeredAt when, by the user's clock
 * @param availableSlots slots left, as the tower last said
 * @param subscriptionExpiry height at which the subscription ends, as the tower last said
 * @param misbehaviour what it has done wrong, since the last registration
 * @param trouble why it takes no more appointments, until the next registration
 */
public record KnownTower(
    ReceiptParties parties,
    TowerAddress address,
    Registration registration,
    Instant registeredAt,
    long availableSlots,
    long subscriptionExpiry,
    Optional<RecordedMisbehaviour> misbehaviour,
    Optional<SubscriptionProblem> subscriptionProblem) {

  private static final String FORMAT = "teos-tower/1";

  /**
   * A wrong that was seen.
   *
   * @param kind such as {@code wrong_signature}
   * @param why for the user
   * @param proof name of the file in {@code proofs/}
   */
  public record RecordedMisbehaviour(String kind, String description, String proof, Instant since) {

    /** Whether the tower gets no more appointments: what it says of them cannot be relied on. */
    public boolean stopsSending() {
      return !kind.equals("forgot");
    }
  }

  /**
   * A subscription that is not enough.
   *
   * @param why in the tower's words
   * @param slots how many more slots were asked for when it refused
   */
  public record SubscriptionProblem(String message, int slotsRequested, Instant since) {}

  /** What it is like: {@code ok} or {@code misbehaving}. */
  public String standing() {
    return misbehaviour.isPresent() ? "misbehaving" : "ok";
  }

  /** With what the tower has just said of the subscription. */
  public KnownTower withSubscription(long slots, long expiry) {
    return new KnownTower(
        parties,
        address,
        registration,
        registeredAt,
        slots,
        expiry,
        misbehaviour,
        subscriptionProblem);
  }

  /** With a wrong that was seen. */
  public KnownTower withMisbehaviour(RecordedMisbehaviour seen) {
    return new KnownTower(
        parties,
        address,
        registration,
        registeredAt,
        availableSlots,
        subscriptionExpiry,
        Optional.of(seen),
        subscriptionProblem);
  }

  /** With or without a subscription that is not enough. */
  public KnownTower withSubscriptionProblem(Optional<SubscriptionProblem> now) {
    return new KnownTower(
        parties,
        address,
        registration,
        registeredAt,
        availableSlots,
        subscriptionExpiry,
        misbehaviour,
        now);
  }

  ObjectNode json() {
    ObjectNode json = JsonText.newObject().put("format", FORMAT);
    parties.writeTo(json);
    json.put("address", address.toString());
    registration.writeTo(json.putObject("registration"), parties.dialect());
    json.put("registered_at", registeredAt.toString())
        .put("available_slots", availableSlots)
        .put("subscription_expiry", subscriptionExpiry)
        .put("standing", standing());
    misbehaviour.ifPresent(
        seen ->
            json.putObject("misbehaviour")
                .put("kind", seen.kind())
                .put("why", seen.description())
                .put("proof", seen.proof())
                .put("since", seen.since().toString()));
    subscriptionProblem.ifPresent(
        found ->
            json.putObject("subscription_trouble")
                .put("why", found.message())
                .put("slots", found.slotsRequested())
                .put("since", found.since().toString()));
    return json;
  }

  static KnownTower parse(String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.malformed("format", FORMAT + " is expected");
    }
    ReceiptParties parties = ReceiptParties.readFrom(json);
    return new KnownTower(
        parties,
        json.parsed(
            "address",
            "an address such as http://host:9814",
            address -> TowerAddress.parse(address, TowerAddress.DEFAULT_PORT)),
        Registration.readFrom(json.object("registration"), parties.dialect()),
        json.time("registered_at"),
        json.u32("available_slots"),
        json.u32("subscription_expiry"),
        json.has("misbehaviour")
            ? Optional.of(parseMisbehaviour(json.object("misbehaviour")))
            : Optional.empty(),
        json.has("subscription_trouble")
            ? Optional.of(subscriptionProblem(json.object("subscription_trouble")))
            : Optional.empty());
  }

  private static RecordedMisbehaviour parseMisbehaviour(JsonFields json) throws MalformedException {
    return new RecordedMisbehaviour(
        json.text("kind"), json.text("why"), json.text("proof"), json.time("since"));
  }

  private static SubscriptionProblem subscriptionProblem(JsonFields json)
      throws MalformedException {
    return new SubscriptionProblem(json.text("why"), (int) json.u32("slots"), json.time("since"));
  }
}
