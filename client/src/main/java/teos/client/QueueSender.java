package teos.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import teos.client.evidence.MisbehaviourKind;
import teos.client.evidence.Receipt;
import teos.client.evidence.SignedAppointment;
import teos.client.evidence.SignedReceipt;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.client.store.KnownTower;
import teos.client.store.KnownTower.SubscriptionProblem;
import teos.client.store.QueueEntry;
import teos.client.store.TowerFolder;
import teos.client.wire.MisbehavingException;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerError;
import teos.client.wire.TowerErrorException;
import teos.client.wire.UnreachableException;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * One pass over a tower's queue, in order. The caller holds the tower's send lock.
 *
 * <p>The pass ends early on failures that concern the tower as a whole: no answer, a busy tower or
 * a misbehaving one. A failure that concerns one appointment only blocks later versions of that
 * appointment. After an error about the subscription, only appointments that need fewer slots are
 * sent, so that updates continue and the tower is not flooded.
 */
final class QueueSender {

  /** This many unexpected responses in a row concern the tower, not a single appointment. */
  private static final int MAX_CONSECUTIVE_UNEXPECTED = 3;

  private final TowerFolder folder;
  private final TowerCalls calls;
  private final TowerAddress address;
  private final SecretKey user;

  private final List<AddResult.Rejected> rejected = new ArrayList<>();
  private final Set<Locator> blockedLocators = new HashSet<>();
  private int accepted;
  private int consecutiveUnexpected;
  private int remaining;
  private @Nullable PendingReason firstReason;
  private @Nullable PendingReason lastReason;

  QueueSender(TowerFolder folder, TowerCalls calls, TowerAddress address, SecretKey user) {
    this.folder = folder;
    this.calls = calls;
    this.address = address;
    this.user = user;
  }

  /** Sends the whole queue. */
  SendReport drain() throws IOException {
    return drain(Optional.empty());
  }

  /** Sends the queue up to and including the entry named {@code end}, or all of it. */
  SendReport drain(Optional<String> end) throws IOException {
    List<String> names = new ArrayList<>(folder.queue().names());
    end.ifPresent(limit -> names.removeIf(name -> name.compareTo(limit) > 0));
    boolean ended = names.isEmpty() || isBlockedByMisbehaviour();
    for (String name : names) {
      if (ended) {
        remaining++;
        continue;
      }
      Optional<QueueEntry> entry = folder.queue().entry(name);
      if (entry.isEmpty()) {
        continue; // somebody has deleted the file by hand
      }
      if (!blockedLocators.add(entry.get().locator())) {
        remaining++;
        lastReason =
            PendingReason.of(
                PendingReason.Kind.EARLIER_VERSION_QUEUED,
                "an earlier version of this appointment is queued");
      } else {
        Optional<PendingReason> reason = send(entry.get());
        if (reason.isEmpty()) {
          blockedLocators.remove(entry.get().locator());
        } else {
          remaining++;
          recordReason(reason.get());
          ended = endsPass(reason.get());
        }
      }
    }
    return new SendReport(accepted, rejected, remaining, Optional.ofNullable(firstReason));
  }

  /** Returns why the last entry of the pass is still queued. */
  Optional<PendingReason> lastReason() {
    return Optional.ofNullable(lastReason == null ? firstReason : lastReason);
  }

  private boolean isBlockedByMisbehaviour() throws IOException {
    Optional<KnownTower.RecordedMisbehaviour> misbehaviour =
        folder.tower().flatMap(KnownTower::misbehaviour);
    if (misbehaviour.isPresent() && misbehaviour.get().stopsSending()) {
      recordReason(
          PendingReason.of(PendingReason.Kind.MISBEHAVING, misbehaviour.get().description()));
      return true;
    }
    return false;
  }

  private void recordReason(PendingReason reason) {
    lastReason = reason;
    if (firstReason == null) {
      firstReason = reason;
    }
  }

  private boolean endsPass(PendingReason reason) {
    consecutiveUnexpected =
        reason.kind() == PendingReason.Kind.UNEXPECTED_RESPONSE ? consecutiveUnexpected + 1 : 0;
    return switch (reason.kind()) {
      case UNREACHABLE, BUSY, MISBEHAVING, ANOTHER_SENDER -> true;
      case UNEXPECTED_RESPONSE -> consecutiveUnexpected == MAX_CONSECUTIVE_UNEXPECTED;
      case SUBSCRIPTION, EARLIER_VERSION_QUEUED -> false;
    };
  }

  /**
   * Sends one entry. Returns why it is still queued; empty if it has left the queue. The first
   * attempt decides between a bundle and a single penalty, and the decision is on disk before the
   * request is sent, so that all attempts send the same appointment.
   */
  private Optional<PendingReason> send(QueueEntry queued) throws IOException {
    KnownTower tower =
        folder.tower().orElseThrow(() -> new IOException("the tower has been removed"));
    QueueEntry entry = queued.choose(tower.supportsBundles());
    int slots = slotsRequested(entry);
    if (tower.subscriptionProblem().isPresent()
        && slots >= tower.subscriptionProblem().get().slotsRequested()) {
      return Optional.of(
          PendingReason.of(
              PendingReason.Kind.SUBSCRIPTION, tower.subscriptionProblem().get().message()));
    }
    if (!entry.equals(queued)) {
      folder.queue().replace(entry);
    }
    SignedAppointment appointment =
        entry.parties().equals(tower.parties())
            ? entry.signedAppointment()
            // The user's key has changed since the appointment was queued.
            : SignedAppointment.sign(user, entry.signedAppointment().appointment());
    try {
      Response response = calls.add(address, appointment);
      return storeReceipt(entry, tower, appointment, response);
    } catch (UnreachableException e) {
      return Optional.of(
          PendingReason.of(PendingReason.Kind.UNREACHABLE, String.valueOf(e.getMessage())));
    } catch (TowerErrorException e) {
      return handleError(entry, e.error(), slots);
    }
  }

  /** Returns the slots that the entry needs beyond those of the version with a receipt. */
  private int slotsRequested(QueueEntry entry) throws IOException {
    int occupied =
        folder
            .receipts()
            .receipt(entry.locator())
            .map(receipt -> receipt.appointment().slots())
            .orElse(0);
    return Math.max(0, entry.signedAppointment().appointment().slots() - occupied);
  }

  private Optional<PendingReason> storeReceipt(
      QueueEntry entry, KnownTower tower, SignedAppointment appointment, Response response)
      throws IOException, TowerErrorException {
    ObjectNode body = response.successBody();
    SignedReceipt receipt;
    long slots;
    long expiry;
    try {
      JsonFields fields = new JsonFields(body);
      Locator echoed = fields.parsed("locator", "32 hex digits", Locator::fromHex);
      if (!echoed.equals(entry.locator())) {
        throw fields.malformed("locator", entry.locator() + " is expected");
      }
      receipt = new SignedReceipt(appointment, fields.u32("start_block"), fields.text("signature"));
      slots = fields.u32("available_slots");
      expiry = fields.u32("subscription_expiry");
    } catch (MalformedException e) {
      throw response.unexpected(e);
    }
    Optional<PublicKey> signer = receipt.signer(tower.parties().dialect());
    if (!signer.equals(Optional.of(tower.parties().tower()))) {
      MisbehavingException misbehaviour =
          new MisbehaviourRecorder(folder, address, user)
              .recordWrongSignature(
                  MisbehaviourKind.WRONG_SIGNATURE,
                  tower.parties(),
                  tower.registration(),
                  Optional.of(receipt),
                  signer,
                  response.recorded());
      return Optional.of(
          PendingReason.of(
              PendingReason.Kind.MISBEHAVING, String.valueOf(misbehaviour.getMessage())));
    }
    folder.accept(
        entry,
        new Receipt(
            tower.parties(),
            tower.registration(),
            receipt,
            response.recorded().receivedAt(),
            Optional.empty()));
    folder.update(known -> known.withSubscription(slots, expiry));
    accepted++;
    consecutiveUnexpected = 0;
    return Optional.empty();
  }

  private Optional<PendingReason> handleError(QueueEntry entry, TowerError error, int slots)
      throws IOException {
    if (error.kind() == TowerError.Kind.PERMANENT) {
      Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      rejected.add(new AddResult.Rejected(error, folder.queue().reject(entry, error, now)));
      consecutiveUnexpected = 0;
      return Optional.empty();
    }
    if (error.kind() == TowerError.Kind.SUBSCRIPTION) {
      String message =
          new SubscriptionErrorExplainer(folder, calls, address, user).explain(error, slots);
      SubscriptionProblem problem = new SubscriptionProblem(message, slots, Instant.now());
      folder.update(tower -> tower.withSubscriptionProblem(Optional.of(problem)));
      return Optional.of(
          new PendingReason(PendingReason.Kind.SUBSCRIPTION, message, error.retryAfter()));
    }
    return Optional.of(PendingReason.of(error));
  }
}
