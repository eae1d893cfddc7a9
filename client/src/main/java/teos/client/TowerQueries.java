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
import teos.client.evidence.SignedReceipt;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.client.store.KnownTower;
import teos.client.store.QueueEntry;
import teos.client.store.TowerFolder;
import teos.client.wire.MisbehavingException;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerError;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.protocol.Txid;

/** Asks a tower what it has, and holds the answers against its receipts. */
record TowerQueries(TowerFolder folder, TowerCalls calls, TowerAddress address, SecretKey user) {

  private static final String RESPONDED = "dispute_responded";
  private static final String WATCHED = "being_watched";
  private static final String DELETED = "deleted";
  private static final int MAX_PROOFS = 10;

  AppointmentStatus appointment(KnownTower tower, Locator locator)
      throws IOException, TowerException {
    // The queue before the receipts: what a sender moves from one to the other is seen in one.
    List<QueueEntry> waiting = folder.queued(locator);
    Optional<Receipt> receipt = folder.receipt(locator);
    Response response = calls.get(address, locator, user);
    if (ResponseReader.deniesAppointment(response.recorded())) {
      return handleNotFound(tower, receipt, response);
    }
    ObjectNode granted = response.successBody();
    try {
      JsonFields answer = new JsonFields(granted);
      JsonFields inner = answer.object("appointment");
      return switch (answer.text("status")) {
        case WATCHED -> {
          Appointment watched =
              ResponseReader.watchedAppointment(response.recorded())
                  .orElseThrow(() -> answer.malformed("appointment", "an appointment is expected"));
          yield handleWatched(receipt, waiting, locator, watched, response.recorded());
        }
        case RESPONDED -> handleResponded(receipt, inner);
        default -> throw answer.malformed("status", WATCHED + " or " + RESPONDED + " is expected");
      };
    } catch (MalformedException e) {
      throw new TowerErrorException(
          TowerError.unexpected(response.recorded(), String.valueOf(e.getMessage())));
    }
  }

  private AppointmentStatus handleWatched(
      Optional<Receipt> receipt,
      List<QueueEntry> waiting,
      Locator locator,
      Appointment watched,
      RecordedResponse answer)
      throws IOException, MisbehavingException {
    if (receipt.isPresent() && !isKnownVersion(watched, receipt.get(), waiting, locator)) {
      Receipt given = receipt.get();
      throw new MisbehaviourRecorder(folder, address, user)
          .recordBrokenReceipt(
              MisbehaviourKind.ALTERED,
              given.parties(),
              given.registration(),
              given.signedReceipt(),
              answer,
              "what it has for " + locator + " is not what it signed for");
    }
    if (receipt.isPresent()) {
      folder.recordStatus(receipt.get(), WATCHED);
    }
    return new AppointmentStatus.BeingWatched(watched);
  }

  /** The version of the receipt, or one that was on its way at any time since. */
  private boolean isKnownVersion(
      Appointment watched, Receipt receipt, List<QueueEntry> waiting, Locator locator)
      throws IOException {
    Set<Appointment> versions = new HashSet<>();
    versions.add(receipt.signedReceipt().signedAppointment().appointment());
    waiting.forEach(entry -> versions.add(entry.signedAppointment().appointment()));
    folder.queued(locator).forEach(entry -> versions.add(entry.signedAppointment().appointment()));
    folder
        .receipt(locator)
        .ifPresent(newer -> versions.add(newer.signedReceipt().signedAppointment().appointment()));
    return versions.contains(watched);
  }

  private AppointmentStatus handleResponded(Optional<Receipt> receipt, JsonFields tracker)
      throws IOException, MalformedException {
    AppointmentStatus.DisputeResponded responded =
        new AppointmentStatus.DisputeResponded(
            tracker.parsed("dispute_txid", "64 hex digits", Txid::fromDisplayHex),
            tracker.parsed("penalty_txid", "64 hex digits", Txid::fromDisplayHex),
            tracker.bytes("penalty_rawtx"));
    if (receipt.isPresent()) {
      folder.recordStatus(receipt.get(), RESPONDED);
    }
    return responded;
  }

  private AppointmentStatus handleNotFound(
      KnownTower tower, Optional<Receipt> receipt, Response response)
      throws IOException, TowerException {
    boolean unknownUser = ResponseReader.deniesUser(response.recorded());
    if (receipt.isEmpty() || !receipt.get().parties().equals(tower.parties())) {
      if (unknownUser) {
        throw new TowerErrorException(response.error());
      }
      return new AppointmentStatus.NotFound("the tower has no such appointment of yours");
    }
    if (isNoLongerDue(receipt.get())) {
      return new AppointmentStatus.NotFound(
          isDeleted(receipt.get())
              ? "you have asked the tower to delete it"
              : "the tower had answered the dispute, and is done with it");
    }
    Optional<Registration> binding = bindingRegistration(tower, receipt.get());
    if (binding.isEmpty()) {
      return new AppointmentStatus.NotFound(
          "the tower had it, and the subscription may have ended since");
    }
    throw recordForgotten(receipt.get(), binding.get(), response.recorded());
  }

  /** A tower drops what has 100 confirmations, and what its user has signed to have deleted. */
  private static boolean isNoLongerDue(Receipt receipt) {
    return receipt.lastStatus().equals(Optional.of(RESPONDED)) || isDeleted(receipt);
  }

  private static boolean isDeleted(Receipt receipt) {
    return receipt.lastStatus().equals(Optional.of(DELETED));
  }

  /**
   * Whoever has the signed wish may go by it, whether an answer comes back or not: from then on a
   * tower without the appointment is not accused. One that refuses has not gone by it.
   */
  DeletionResult delete(Locator locator) throws IOException, TowerException {
    Optional<Receipt> receipt = folder.receipt(locator);
    if (receipt.isPresent()) {
      folder.recordStatus(receipt.get(), DELETED);
    }
    OptionalLong startBlock =
        receipt
            .map(kept -> OptionalLong.of(kept.signedReceipt().startBlock()))
            .orElseGet(OptionalLong::empty);
    Response response = calls.delete(address, locator, startBlock, user);
    if (ResponseReader.deniesAppointment(response.recorded())) {
      if (ResponseReader.deniesUser(response.recorded())) {
        throw new TowerErrorException(response.error());
      }
      return new DeletionResult.NotFound();
    }
    if (response.recorded().status() / 100 == 4 && receipt.isPresent()) {
      folder.recordStatus(receipt.get(), receipt.get().lastStatus().orElse(WATCHED));
    }
    try {
      return new DeletionResult.Deleted(
          new JsonFields(response.successBody()).u32("available_slots"));
    } catch (MalformedException e) {
      throw new TowerErrorException(
          TowerError.unexpected(response.recorded(), String.valueOf(e.getMessage())));
    }
  }

  /**
   * python-teos says "not found" to users that it does not know, too. Its release 0.1.1 cannot be
   * asked about subscriptions.
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
      Receipt receipt, Registration registration, RecordedResponse answer) throws IOException {
    SignedReceipt promise = receipt.signedReceipt();
    return new MisbehaviourRecorder(folder, address, user)
        .recordBrokenReceipt(
            MisbehaviourKind.FORGOT,
            receipt.parties(),
            registration,
            promise,
            answer,
            "it does not know "
                + promise.signedAppointment().appointment().locator()
                + " any more, which it signed for");
  }

  SubscriptionInfo subscription(KnownTower tower) throws IOException, TowerException {
    Set<Locator> signedFor = folder.receiptLocators();
    Response response = calls.subscription(address, user);
    ObjectNode granted = response.successBody();
    long slots;
    long expiry;
    List<Locator> listed = new ArrayList<>();
    try {
      JsonFields answer = new JsonFields(granted);
      slots = answer.u32("available_slots");
      expiry = answer.u32("subscription_expiry");
      JsonNode locators =
          ResponseReader.locators(granted)
              .orElseThrow(() -> answer.malformed("locators", "a list is expected"));
      for (JsonNode one : locators) {
        listed.add(parseLocator(answer, one));
      }
    } catch (MalformedException e) {
      throw new TowerErrorException(
          TowerError.unexpected(response.recorded(), String.valueOf(e.getMessage())));
    }
    folder.update(
        known ->
            (known.subscriptionProblem().isPresent()
                        && slots > 0
                        && slots >= known.subscriptionProblem().get().slotsRequested()
                    ? known.withSubscriptionProblem(Optional.empty())
                    : known)
                .withSubscription(slots, expiry));
    signedFor.removeAll(new HashSet<>(listed));
    return new SubscriptionInfo(
        slots, expiry, listed, recordMissing(tower, signedFor, expiry, response.recorded()));
  }

  private static Locator parseLocator(JsonFields answer, JsonNode text) throws MalformedException {
    try {
      return Locator.fromHex(text.asText());
    } catch (IllegalArgumentException e) {
      throw answer.malformed("locators", "32 hex digits are expected in each");
    }
  }

  private List<Locator> recordMissing(
      KnownTower tower, Set<Locator> notListed, long expiry, RecordedResponse answer)
      throws IOException {
    List<Locator> missing = new ArrayList<>();
    for (Locator locator : notListed.stream().sorted().toList()) {
      Optional<Receipt> receipt = folder.receipt(locator);
      if (receipt.isPresent()
          && receipt.get().parties().equals(tower.parties())
          && !isNoLongerDue(receipt.get())) {
        Optional<Registration> binding =
            ReceiptValidity.bindingRegistration(receipt.get(), tower, Instant.now(), expiry);
        if (binding.isPresent()) {
          if (missing.size() < MAX_PROOFS) { // one is enough; a thousand would fill the disk
            recordForgotten(receipt.get(), binding.get(), answer);
          }
          missing.add(locator);
        }
      }
    }
    return missing;
  }
}
