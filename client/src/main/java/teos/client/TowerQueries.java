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
import teos.client.evidence.Misbehaviour;
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
import teos.client.wire.RefusedException;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerError;
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
  private static final int MOST_PROOFS = 10;

  AppointmentStatus appointment(KnownTower tower, Locator locator)
      throws IOException, TowerException {
    // The queue before the receipts: what a sender moves from one to the other is seen in one.
    List<QueueEntry> waiting = folder.queued(locator);
    Optional<Receipt> receipt = folder.receipt(locator);
    Response response = calls.get(address, locator, user);
    if (ResponseReader.deniesAppointment(response.answer())) {
      return denied(tower, receipt, response);
    }
    ObjectNode granted = response.granted();
    try {
      JsonFields answer = new JsonFields(granted);
      JsonFields inner = answer.object("appointment");
      return switch (answer.text("status")) {
        case WATCHED -> {
          Appointment watched =
              ResponseReader.watched(response.answer())
                  .orElseThrow(() -> answer.wrong("appointment", "an appointment is expected"));
          yield watched(receipt, waiting, locator, watched, response.answer());
        }
        case RESPONDED -> responded(receipt, inner);
        default -> throw answer.wrong("status", WATCHED + " or " + RESPONDED + " is expected");
      };
    } catch (MalformedException e) {
      throw new RefusedException(TowerError.odd(response.answer(), String.valueOf(e.getMessage())));
    }
  }

  private AppointmentStatus watched(
      Optional<Receipt> receipt,
      List<QueueEntry> waiting,
      Locator locator,
      Appointment watched,
      RecordedResponse answer)
      throws IOException, MisbehavingException {
    if (receipt.isPresent() && !isOurs(watched, receipt.get(), waiting, locator)) {
      Receipt given = receipt.get();
      throw new MisbehaviourRecorder(folder, address, user)
          .broken(
              Misbehaviour.ALTERED,
              given.parties(),
              given.registration(),
              given.promise(),
              answer,
              "what it has for " + locator + " is not what it signed for");
    }
    if (receipt.isPresent()) {
      folder.noteStatus(receipt.get(), WATCHED);
    }
    return new AppointmentStatus.BeingWatched(watched);
  }

  /** The version of the receipt, or one that was on its way at any time since. */
  private boolean isOurs(
      Appointment watched, Receipt receipt, List<QueueEntry> waiting, Locator locator)
      throws IOException {
    Set<Appointment> versions = new HashSet<>();
    versions.add(receipt.promise().sent().appointment());
    waiting.forEach(entry -> versions.add(entry.sent().appointment()));
    folder.queued(locator).forEach(entry -> versions.add(entry.sent().appointment()));
    folder.receipt(locator).ifPresent(newer -> versions.add(newer.promise().sent().appointment()));
    return versions.contains(watched);
  }

  private AppointmentStatus responded(Optional<Receipt> receipt, JsonFields tracker)
      throws IOException, MalformedException {
    AppointmentStatus.DisputeResponded responded =
        new AppointmentStatus.DisputeResponded(
            tracker.value("dispute_txid", "64 hex digits", Txid::fromDisplayHex),
            tracker.value("penalty_txid", "64 hex digits", Txid::fromDisplayHex),
            tracker.bytes("penalty_rawtx"));
    if (receipt.isPresent()) {
      folder.noteStatus(receipt.get(), RESPONDED);
    }
    return responded;
  }

  private AppointmentStatus denied(KnownTower tower, Optional<Receipt> receipt, Response response)
      throws IOException, TowerException {
    boolean unknownUser = ResponseReader.deniesUser(response.answer());
    if (receipt.isEmpty() || !receipt.get().parties().equals(tower.parties())) {
      if (unknownUser) {
        throw new RefusedException(response.refusal());
      }
      return new AppointmentStatus.NotFound("the tower has no such appointment of yours");
    }
    if (isDone(receipt.get())) {
      return new AppointmentStatus.NotFound(
          isDeleted(receipt.get())
              ? "you have asked the tower to delete it"
              : "the tower had answered the dispute, and is done with it");
    }
    Optional<Registration> binding = binding(tower, receipt.get());
    if (binding.isEmpty()) {
      return new AppointmentStatus.NotFound(
          "the tower had it, and the subscription may have ended since");
    }
    throw forgot(receipt.get(), binding.get(), response.answer());
  }

  /** A tower drops what has 100 confirmations, and what its user has signed to have deleted. */
  private static boolean isDone(Receipt receipt) {
    return receipt.lastStatus().equals(Optional.of(RESPONDED)) || isDeleted(receipt);
  }

  private static boolean isDeleted(Receipt receipt) {
    return receipt.lastStatus().equals(Optional.of(DELETED));
  }

  /**
   * Whoever has the signed wish may go by it, whether an answer comes back or not: from then on a
   * tower without the appointment is not accused. One that refuses has not gone by it.
   */
  Deleted delete(Locator locator) throws IOException, TowerException {
    Optional<Receipt> receipt = folder.receipt(locator);
    if (receipt.isPresent()) {
      folder.noteStatus(receipt.get(), DELETED);
    }
    OptionalLong startBlock =
        receipt
            .map(kept -> OptionalLong.of(kept.promise().startBlock()))
            .orElseGet(OptionalLong::empty);
    Response response = calls.delete(address, locator, startBlock, user);
    if (ResponseReader.deniesAppointment(response.answer())) {
      if (ResponseReader.deniesUser(response.answer())) {
        throw new RefusedException(response.refusal());
      }
      return new Deleted.NotFound();
    }
    if (response.answer().status() / 100 == 4 && receipt.isPresent()) {
      folder.noteStatus(receipt.get(), receipt.get().lastStatus().orElse(WATCHED));
    }
    try {
      return new Deleted.Done(new JsonFields(response.granted()).u32("available_slots"));
    } catch (MalformedException e) {
      throw new RefusedException(TowerError.odd(response.answer(), String.valueOf(e.getMessage())));
    }
  }

  /**
   * python-teos says "not found" to users that it does not know, too. Its release 0.1.1 cannot be
   * asked about subscriptions.
   */
  private Optional<Registration> binding(KnownTower tower, Receipt receipt) throws TowerException {
    Instant now = Instant.now();
    Response info = calls.subscription(address, user);
    return info.answer().status() == 200
        ? ReceiptValidity.binding(
            receipt, tower, now, info.granted().path("subscription_expiry").asLong())
        : ReceiptValidity.binding(receipt, tower, now);
  }

  private MisbehavingException forgot(
      Receipt receipt, Registration registration, RecordedResponse answer) throws IOException {
    SignedReceipt promise = receipt.promise();
    return new MisbehaviourRecorder(folder, address, user)
        .broken(
            Misbehaviour.FORGOT,
            receipt.parties(),
            registration,
            promise,
            answer,
            "it does not know "
                + promise.sent().appointment().locator()
                + " any more, which it signed for");
  }

  SubscriptionInfo subscription(KnownTower tower) throws IOException, TowerException {
    Set<Locator> signedFor = folder.receipts();
    Response response = calls.subscription(address, user);
    ObjectNode granted = response.granted();
    long slots;
    long expiry;
    List<Locator> listed = new ArrayList<>();
    try {
      JsonFields answer = new JsonFields(granted);
      slots = answer.u32("available_slots");
      expiry = answer.u32("subscription_expiry");
      JsonNode locators =
          ResponseReader.locators(granted)
              .orElseThrow(() -> answer.wrong("locators", "a list is expected"));
      for (JsonNode one : locators) {
        listed.add(locator(answer, one));
      }
    } catch (MalformedException e) {
      throw new RefusedException(TowerError.odd(response.answer(), String.valueOf(e.getMessage())));
    }
    folder.update(
        known ->
            (known.trouble().isPresent() && slots > 0 && slots >= known.trouble().get().slots()
                    ? known.withTrouble(Optional.empty())
                    : known)
                .withSubscription(slots, expiry));
    signedFor.removeAll(new HashSet<>(listed));
    return new SubscriptionInfo(
        slots, expiry, listed, missing(tower, signedFor, expiry, response.answer()));
  }

  private static Locator locator(JsonFields answer, JsonNode text) throws MalformedException {
    try {
      return Locator.fromHex(text.asText());
    } catch (IllegalArgumentException e) {
      throw answer.wrong("locators", "32 hex digits are expected in each");
    }
  }

  private List<Locator> missing(
      KnownTower tower, Set<Locator> notListed, long expiry, RecordedResponse answer)
      throws IOException {
    List<Locator> missing = new ArrayList<>();
    for (Locator locator : notListed.stream().sorted().toList()) {
      Optional<Receipt> receipt = folder.receipt(locator);
      if (receipt.isPresent()
          && receipt.get().parties().equals(tower.parties())
          && !isDone(receipt.get())) {
        Optional<Registration> binding =
            ReceiptValidity.binding(receipt.get(), tower, Instant.now(), expiry);
        if (binding.isPresent()) {
          if (missing.size() < MOST_PROOFS) { // one is enough; a thousand would fill the disk
            forgot(receipt.get(), binding.get(), answer);
          }
          missing.add(locator);
        }
      }
    }
    return missing;
  }
}
