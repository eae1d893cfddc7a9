package teos.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import teos.client.evidence.MisbehaviourKind;
import teos.client.evidence.Receipt;
import teos.client.evidence.RecordedResponse;
import teos.client.evidence.Registration;
import teos.client.evidence.ResponseReader;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.client.store.KnownTower;
import teos.client.store.QueueEntry;
import teos.client.store.TowerFolder;
import teos.client.wire.MisbehavingException;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.protocol.Appointment;
import teos.protocol.Bundle;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.protocol.Txid;

/** Asks a tower for its data and compares the answers with the receipts. */
record TowerQueries(TowerFolder folder, TowerCalls calls, TowerAddress address, SecretKey user) {

  private static final String RESPONDED = "dispute_responded";
  private static final String WATCHED = "being_watched";
  private static final String DELETED = "deleted";

  /** Limits the proofs of one answer: one is enough, and a thousand could fill the disk. */
  private static final int MAX_PROOFS = 10;

  AppointmentStatus appointment(KnownTower tower, Locator locator)
      throws IOException, TowerException {
    // Read the queue before the receipts, so that an entry which a sender moves is seen in one.
    List<QueueEntry> queued = folder.queue().entries(locator);
    Optional<Receipt> receipt = folder.receipts().receipt(locator);
    Response response = calls.get(address, locator, user);
    if (ResponseReader.deniesAppointment(response.recorded())) {
      return handleNotFound(tower, receipt, response);
    }
    ObjectNode body = response.successBody();
    try {
      JsonFields fields = new JsonFields(body);
      JsonFields inner = fields.object("appointment");
      return switch (fields.text("status")) {
        case WATCHED -> {
          Appointment watched =
              ResponseReader.watchedAppointment(response.recorded())
                  .orElseThrow(() -> fields.malformed("appointment", "an appointment is expected"));
          yield handleWatched(receipt, queued, locator, watched, response.recorded());
        }
        case RESPONDED -> handleResponded(receipt, inner, body.path("appointment"));
        default -> throw fields.malformed("status", WATCHED + " or " + RESPONDED + " is expected");
      };
    } catch (MalformedException e) {
      throw response.unexpected(e);
    }
  }

  private AppointmentStatus handleWatched(
      Optional<Receipt> found,
      List<QueueEntry> queued,
      Locator locator,
      Appointment watched,
      RecordedResponse response)
      throws IOException, MisbehavingException {
    if (found.isPresent()) {
      Receipt receipt = found.get();
      if (!isKnownVersion(watched, receipt, queued, locator)) {
        throw new MisbehaviourRecorder(folder, address, user)
            .recordBrokenReceipt(
                MisbehaviourKind.ALTERED,
                receipt.parties(),
                receipt.registration(),
                receipt.signedReceipt(),
                response,
                "it has another appointment for " + locator + " than it signed for");
      }
      folder.receipts().recordStatus(receipt, WATCHED);
    }
    return new AppointmentStatus.BeingWatched(watched);
  }

  /**
   * Returns whether the user has sent this version: that of the receipt, or one that was queued or
   * accepted since the receipt was read.
   */
  private boolean isKnownVersion(
      Appointment watched, Receipt receipt, List<QueueEntry> queued, Locator locator)
      throws IOException {
    Set<Appointment> versions = new HashSet<>();
    versions.add(receipt.appointment());
    queued.forEach(entry -> versions.addAll(entry.appointments()));
    folder.queue().entries(locator).forEach(entry -> versions.addAll(entry.appointments()));
    folder.receipts().receipt(locator).ifPresent(newer -> versions.add(newer.appointment()));
    return versions.contains(watched);
  }

  /**
   * @param json the same as {@code tracker}, with the fields that not every tower sends
   */
  private AppointmentStatus handleResponded(
      Optional<Receipt> receipt, JsonFields tracker, JsonNode json)
      throws IOException, MalformedException {
    AppointmentStatus.DisputeResponded responded =
        new AppointmentStatus.DisputeResponded(
            tracker.parsed("dispute_txid", "64 hex digits", Txid::fromDisplayHex),
            tracker.parsed("penalty_txid", "64 hex digits", Txid::fromDisplayHex),
            tracker.bytes("penalty_rawtx"),
            PenaltyReport.of(json),
            PenaltyReport.members(json));
    if (receipt.isPresent()) {
      folder.receipts().recordStatus(receipt.get(), RESPONDED);
    }
    return responded;
  }

  private AppointmentStatus handleNotFound(
      KnownTower tower, Optional<Receipt> receipt, Response response)
      throws IOException, TowerException {
    if (receipt.isEmpty() || !receipt.get().parties().equals(tower.parties())) {
      if (ResponseReader.deniesUser(response.recorded())) {
        throw new TowerErrorException(response.error());
      }
      return new AppointmentStatus.NotFound("the tower has no such appointment of yours");
    }
    if (isNoLongerDue(receipt.get())) {
      return new AppointmentStatus.NotFound(
          isDeleted(receipt.get())
              ? "you have asked the tower to delete it"
              : "the tower has responded to the dispute and dropped the appointment");
    }
    Optional<Registration> binding = bindingRegistration(tower, receipt.get());
    if (binding.isEmpty()) {
      return new AppointmentStatus.NotFound(
          "the tower had the appointment, but the subscription may have ended");
    }
    throw recordForgotten(receipt.get(), binding.get(), response.recorded());
  }

  /**
   * Returns whether the tower may have dropped the appointment: its penalty may have 100
   * confirmations, or the user has signed a deletion.
   */
  private static boolean isNoLongerDue(Receipt receipt) {
    return receipt.lastStatus().equals(Optional.of(RESPONDED)) || isDeleted(receipt);
  }

  private static boolean isDeleted(Receipt receipt) {
    return receipt.lastStatus().equals(Optional.of(DELETED));
  }

  /**
   * Sends a signed deletion. The receipt is marked as deleted first, because the tower may act on
   * the deletion even if its response is lost. An error 4xx restores the status.
   */
  DeletionResult delete(Locator locator) throws IOException, TowerException {
    Optional<Receipt> receipt = folder.receipts().receipt(locator);
    if (receipt.isPresent()) {
      folder.receipts().recordStatus(receipt.get(), DELETED);
    }
    OptionalLong startBlock =
        receipt
            .map(saved -> OptionalLong.of(saved.signedReceipt().startBlock()))
            .orElseGet(OptionalLong::empty);
    Response response = calls.delete(address, locator, startBlock, user);
    if (ResponseReader.deniesAppointment(response.recorded())) {
      if (ResponseReader.deniesUser(response.recorded())) {
        throw new TowerErrorException(response.error());
      }
      return new DeletionResult.NotFound();
    }
    if (response.recorded().status() / 100 == 4 && receipt.isPresent()) {
      folder.receipts().recordStatus(receipt.get(), receipt.get().lastStatus().orElse(WATCHED));
    }
    try {
      return new DeletionResult.Deleted(
          new JsonFields(response.successBody()).u32("available_slots"));
    } catch (MalformedException e) {
      throw response.unexpected(e);
    }
  }

  /**
   * Returns a registration under which the tower must still have the appointment. A "not found"
   * does not show that the tower knows the user, as python-teos gives it to unknown users too, so
   * the client asks about the subscription. python-teos 0.1.1 has no such call.
   */
  private Optional<Registration> bindingRegistration(KnownTower tower, Receipt receipt)
      throws TowerException {
    Instant now = Instant.now();
    Response info = calls.subscription(address, user);
    return info.recorded().status() == 200
        ? ReceiptValidity.bindingRegistration(
            receipt, tower, now, info.successBody().path("subscription_expiry").asLong())
        : ReceiptValidity.bindingRegistration(receipt, tower, now);
  }

  private MisbehavingException recordForgotten(
      Receipt receipt, Registration registration, RecordedResponse response) throws IOException {
    return new MisbehaviourRecorder(folder, address, user)
        .recordBrokenReceipt(
            MisbehaviourKind.FORGOT,
            receipt.parties(),
            registration,
            receipt.signedReceipt(),
            response,
            "it has lost the appointment "
                + receipt.appointment().locator()
                + ", which it signed for");
  }

  SubscriptionInfo subscription(KnownTower tower) throws IOException, TowerException {
    Set<Locator> signedFor = folder.receipts().locators();
    Response response = calls.subscription(address, user);
    ObjectNode body = response.successBody();
    long slots;
    long expiry;
    boolean bundles;
    List<Locator> listed = new ArrayList<>();
    try {
      JsonFields fields = new JsonFields(body);
      slots = fields.u32("available_slots");
      expiry = fields.u32("subscription_expiry");
      bundles = fields.lists(KnownTower.FEATURES, Bundle.FEATURE);
      JsonNode locators =
          ResponseReader.locators(body)
              .orElseThrow(() -> fields.malformed("locators", "a list is expected"));
      for (JsonNode locator : locators) {
        listed.add(parseLocator(fields, locator));
      }
    } catch (MalformedException e) {
      throw response.unexpected(e);
    }
    folder.update(known -> withSubscription(known, slots, expiry).withBundles(bundles));
    signedFor.removeAll(new HashSet<>(listed));
    return new SubscriptionInfo(
        slots, expiry, listed, recordMissing(tower, signedFor, expiry, response.recorded()));
  }

  /** Updates the subscription, and clears a problem that the reported slots have solved. */
  private static KnownTower withSubscription(KnownTower tower, long slots, long expiry) {
    boolean solved =
        tower
            .subscriptionProblem()
            .filter(problem -> slots > 0 && slots >= problem.slotsRequested())
            .isPresent();
    return (solved ? tower.withSubscriptionProblem(Optional.empty()) : tower)
        .withSubscription(slots, expiry);
  }

  private static Locator parseLocator(JsonFields fields, JsonNode text) throws MalformedException {
    try {
      return Locator.fromHex(text.asText());
    } catch (IllegalArgumentException e) {
      throw fields.malformed("locators", "32 hex digits are expected in each");
    }
  }

  private List<Locator> recordMissing(
      KnownTower tower, Set<Locator> unlisted, long expiry, RecordedResponse response)
      throws IOException {
    List<Locator> missing = new ArrayList<>();
    for (Locator locator : unlisted.stream().sorted().toList()) {
      Optional<Receipt> receipt = folder.receipts().receipt(locator);
      if (receipt.isPresent()
          && receipt.get().parties().equals(tower.parties())
          && !isNoLongerDue(receipt.get())) {
        Optional<Registration> binding =
            ReceiptValidity.bindingRegistration(receipt.get(), tower, Instant.now(), expiry);
        if (binding.isPresent()) {
          if (missing.size() < MAX_PROOFS) {
            recordForgotten(receipt.get(), binding.get(), response);
          }
          missing.add(locator);
        }
      }
    }
    return missing;
  }
}
