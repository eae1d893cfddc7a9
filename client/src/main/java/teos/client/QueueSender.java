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
 * One walk through a tower's queue, in order. It ends early where nothing that follows could fare
 * better: no answer, a busy tower, a misbehaving one. What concerns one appointment only holds up
 * that appointment's later versions and nobody else's. After a refusal for want of slots, only what
 * asks for fewer is tried, so that updates go on and the tower is not pestered.
 *
 * <p>Whoever walks holds the tower's sending lock.
 */
final class QueueSender {

  /** So many answers in a row that make no sense are not about one appointment. */
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

  /** Walks the whole queue. */
  SendReport drain() throws IOException {
    return drain(Optional.empty());
  }

  /** Walks the queue up to {@code end}, if that is given. */
  SendReport drain(Optional<String> end) throws IOException {
    List<String> names = new ArrayList<>(folder.queuedNames());
    end.ifPresent(limit -> names.removeIf(name -> name.compareTo(limit) > 0));
    boolean over = names.isEmpty() || isBlockedByMisbehaviour();
    for (String name : names) {
      if (over) {
        remaining++;
        continue;
      }
      Optional<QueueEntry> entry = folder.queued(name);
      if (entry.isEmpty()) {
        continue; // somebody has taken the file away by hand
      }
      if (!blockedLocators.add(entry.get().locator())) {
        remaining++;
        lastReason =
            PendingReason.of(
                PendingReason.Kind.EARLIER_VERSION_QUEUED, "an earlier version of it waits");
      } else {
        Optional<PendingReason> waiting = send(entry.get());
        if (waiting.isEmpty()) {
          blockedLocators.remove(entry.get().locator());
        } else {
          remaining++;
          recordReason(waiting.get());
          over = endsPass(waiting.get());
        }
      }
    }
    return new SendReport(accepted, rejected, remaining, Optional.ofNullable(firstReason));
  }

  /** Why the last of those that were walked waits. */
  Optional<PendingReason> lastReason() {
    return Optional.ofNullable(lastReason == null ? firstReason : lastReason);
  }

  private boolean isBlockedByMisbehaviour() throws IOException {
    Optional<KnownTower.RecordedMisbehaviour> seen =
        folder.tower().flatMap(KnownTower::misbehaviour);
    if (seen.isPresent() && seen.get().stopsSending()) {
      recordReason(PendingReason.of(PendingReason.Kind.MISBEHAVING, seen.get().description()));
      return true;
    }
    return false;
  }

  private void recordReason(PendingReason waiting) {
    lastReason = waiting;
    if (firstReason == null) {
      firstReason = waiting;
    }
  }

  private boolean endsPass(PendingReason waiting) {
    consecutiveUnexpected =
        waiting.kind() == PendingReason.Kind.UNEXPECTED_RESPONSE ? consecutiveUnexpected + 1 : 0;
    return switch (waiting.kind()) {
      case UNREACHABLE, BUSY, MISBEHAVING, ANOTHER_SENDER -> true;
      case UNEXPECTED_RESPONSE -> consecutiveUnexpected == MAX_CONSECUTIVE_UNEXPECTED;
      case SUBSCRIPTION, EARLIER_VERSION_QUEUED -> false;
    };
  }

  /** Sends one; empty if it does not wait any more. */
  private Optional<PendingReason> send(QueueEntry entry) throws IOException {
    KnownTower tower = folder.tower().orElseThrow(() -> new IOException("no tower.json any more"));
    int slots = slotsRequested(entry);
    if (tower.subscriptionProblem().isPresent()
        && slots >= tower.subscriptionProblem().get().slotsRequested()) {
      return Optional.of(
          PendingReason.of(
              PendingReason.Kind.SUBSCRIPTION, tower.subscriptionProblem().get().message()));
    }
    SignedAppointment sent =
        entry.parties().equals(tower.parties())
            ? entry.signedAppointment()
            : SignedAppointment.sign(
                user, entry.signedAppointment().appointment()); // the key has been changed
    Response response;
    try {
      response = calls.add(address, sent);
      ObjectNode granted = response.successBody();
      return storeReceipt(entry, tower, sent, granted, response);
    } catch (UnreachableException e) {
      return Optional.of(
          PendingReason.of(PendingReason.Kind.UNREACHABLE, String.valueOf(e.getMessage())));
    } catch (TowerErrorException e) {
      return handleError(entry, e.error(), slots);
    }
  }

  /** An update asks for the difference. */
  private int slotsRequested(QueueEntry entry) throws IOException {
    int has =
        folder
            .receipt(entry.locator())
            .map(receipt -> receipt.signedReceipt().signedAppointment().appointment().slots())
            .orElse(0);
    return Math.max(0, entry.signedAppointment().appointment().slots() - has);
  }

  private Optional<PendingReason> storeReceipt(
      QueueEntry entry,
      KnownTower tower,
      SignedAppointment sent,
      ObjectNode granted,
      Response response)
      throws IOException, TowerErrorException {
    SignedReceipt promise;
    long slots;
    long expiry;
    try {
      JsonFields answer = new JsonFields(granted);
      Locator echoed = answer.parsed("locator", "32 hex digits", Locator::fromHex);
      if (!echoed.equals(entry.locator())) {
        throw answer.malformed("locator", entry.locator() + " is expected");
      }
      promise = new SignedReceipt(sent, answer.u32("start_block"), answer.text("signature"));
      slots = answer.u32("available_slots");
      expiry = answer.u32("subscription_expiry");
    } catch (MalformedException e) {
      throw new TowerErrorException(
          TowerError.unexpected(response.recorded(), String.valueOf(e.getMessage())));
    }
    Optional<PublicKey> signer = promise.signer(tower.parties().dialect());
    if (!signer.equals(Optional.of(tower.parties().tower()))) {
      MisbehavingException seen =
          new MisbehaviourRecorder(folder, address, user)
              .recordWrongSignature(
                  MisbehaviourKind.WRONG_SIGNATURE,
                  tower.parties(),
                  tower.registration(),
                  Optional.of(promise),
                  signer,
                  response.recorded());
      return Optional.of(
          PendingReason.of(PendingReason.Kind.MISBEHAVING, String.valueOf(seen.getMessage())));
    }
    folder.accept(
        entry,
        new Receipt(
            tower.parties(),
            tower.registration(),
            promise,
            response.recorded().receivedAt(),
            Optional.empty()));
    folder.update(known -> known.withSubscription(slots, expiry));
    accepted++;
    consecutiveUnexpected = 0;
    return Optional.empty();
  }

  private Optional<PendingReason> handleError(QueueEntry entry, TowerError refusal, int slots)
      throws IOException {
    if (refusal.kind() == TowerError.Kind.PERMANENT) {
      Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      rejected.add(new AddResult.Rejected(refusal, folder.reject(entry, refusal, now)));
      consecutiveUnexpected = 0;
      return Optional.empty();
    }
    if (refusal.kind() == TowerError.Kind.SUBSCRIPTION) {
      String why =
          new SubscriptionErrorExplainer(folder, calls, address, user).explain(refusal, slots);
      SubscriptionProblem trouble = new SubscriptionProblem(why, slots, Instant.now());
      folder.update(tower -> tower.withSubscriptionProblem(Optional.of(trouble)));
      return Optional.of(
          new PendingReason(PendingReason.Kind.SUBSCRIPTION, why, refusal.retryAfter()));
    }
    return Optional.of(PendingReason.of(refusal));
  }
}
