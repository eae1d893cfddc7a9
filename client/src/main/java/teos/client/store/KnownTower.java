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
import teos.protocol.Bundle;

/**
 * A tower that the user has registered with.
 *
 * @param registration the latest registration, signed by the tower
 * @param registeredAt time of the latest registration, by the user's clock
 * @param availableSlots slots left, as last reported by the tower
 * @param subscriptionExpiry height at which the subscription ends, as last reported by the tower
 * @param misbehaviour misbehaviour seen since the latest registration
 * @param subscriptionProblem why the tower accepts no more appointments until the next registration
 * @param supportsBundles whether the tower's latest registration or subscription response lists the
 *     feature {@link Bundle#FEATURE}; not signed
 */
public record KnownTower(
    ReceiptParties parties,
    TowerAddress address,
    Registration registration,
    Instant registeredAt,
    long availableSlots,
    long subscriptionExpiry,
    Optional<RecordedMisbehaviour> misbehaviour,
    Optional<SubscriptionProblem> subscriptionProblem,
    boolean supportsBundles) {

  /** Field with the list of the tower's features, in its responses and in the file. */
  public static final String FEATURES = "features";

  private static final String FORMAT = "teos-tower/1";

  /**
   * Misbehaviour that was seen.
   *
   * @param kind text of a {@link teos.client.evidence.MisbehaviourKind}, such as {@code
   *     wrong_signature}
   * @param description for the user
   * @param proof name of the file in {@code proofs/}
   * @param since by the user's clock
   */
  public record RecordedMisbehaviour(String kind, String description, String proof, Instant since) {

    /** Returns whether to send no more appointments, as the tower's answers cannot be trusted. */
    public boolean stopsSending() {
      return !kind.equals("forgot");
    }
  }

  /**
   * An error of the tower about the subscription: unknown user, expired, or too few slots.
   *
   * @param message for the user
   * @param slotsRequested slots that the refused appointment needed in addition to those it had
   * @param since by the user's clock
   */
  public record SubscriptionProblem(String message, int slotsRequested, Instant since) {}

  /** Returns {@code ok} or {@code misbehaving}. */
  public String standing() {
    return misbehaviour.isPresent() ? "misbehaving" : "ok";
  }

  /** Returns a copy with the subscription that the tower has reported. */
  public KnownTower withSubscription(long slots, long expiry) {
    return new KnownTower(
        parties,
        address,
        registration,
        registeredAt,
        slots,
        expiry,
        misbehaviour,
        subscriptionProblem,
        supportsBundles);
  }

  /** Returns a copy that is marked as misbehaving. */
  public KnownTower withMisbehaviour(RecordedMisbehaviour seen) {
    return new KnownTower(
        parties,
        address,
        registration,
        registeredAt,
        availableSlots,
        subscriptionExpiry,
        Optional.of(seen),
        subscriptionProblem,
        supportsBundles);
  }

  /** Returns a copy with this subscription problem, or without one. */
  public KnownTower withSubscriptionProblem(Optional<SubscriptionProblem> problem) {
    return new KnownTower(
        parties,
        address,
        registration,
        registeredAt,
        availableSlots,
        subscriptionExpiry,
        misbehaviour,
        problem,
        supportsBundles);
  }

  /** Returns a copy that supports bundles or does not. */
  public KnownTower withBundles(boolean supported) {
    return new KnownTower(
        parties,
        address,
        registration,
        registeredAt,
        availableSlots,
        subscriptionExpiry,
        misbehaviour,
        subscriptionProblem,
        supported);
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
        problem ->
            json.putObject("subscription_trouble")
                .put("why", problem.message())
                .put("slots", problem.slotsRequested())
                .put("since", problem.since().toString()));
    if (supportsBundles) {
      json.putArray(FEATURES).add(Bundle.FEATURE);
    }
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
            : Optional.empty(),
        json.lists(FEATURES, Bundle.FEATURE));
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
