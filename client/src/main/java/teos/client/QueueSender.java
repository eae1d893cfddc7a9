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
import teos.client.evidence.Misbehaviour;
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
import teos.client.wire.RefusedException;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerError;
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
  private static final int ODD_IN_A_ROW = 3;

  private final TowerFolder folder;
  private final TowerCalls calls;
  private final TowerAddress address;
  private final SecretKey user;

  private final List<AddResult.Rejected> rejected = new ArrayList<>();
  private final Set<Locator> held = new HashSet<>();
  private int taken;
  private int oddInARow;
  private int left;
  private @Nullable PendingReason first;
  private @Nullable PendingReason last;

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
    boolean over = names.isEmpty() || misbehaving();
    for (String name : names) {
      if (over) {
        left++;
        continue;
      }
      Optional<QueueEntry> entry = folder.queued(name);
      if (entry.isEmpty()) {
        continue; // somebody has taken the file away by hand
      }
      if (!held.add(entry.get().locator())) {
        left++;
        last =
            PendingReason.of(PendingReason.Reason.BEHIND_EARLIER, "an earlier version of it waits");
      } else {
        Optional<PendingReason> waiting = send(entry.get());
        if (waiting.isEmpty()) {
          held.remove(entry.get().locator());
        } else {
          left++;
          note(waiting.get());
          over = endsWalk(waiting.get());
        }
      }
    }
    return new SendReport(taken, rejected, left, Optional.ofNullable(first));
  }

  /** Why the last of those that were walked waits. */
  Optional<PendingReason> lastWaiting() {
    return Optional.ofNullable(last == null ? first : last);
  }

  private boolean misbehaving() throws IOException {
    Optional<KnownTower.Misconduct> seen = folder.tower().flatMap(KnownTower::misbehaviour);
    if (seen.isPresent() && seen.get().stopsSending()) {
      note(PendingReason.of(PendingReason.Reason.MISBEHAVING, seen.get().why()));
      return true;
    }
    return false;
  }

  private void note(PendingReason waiting) {
    last = waiting;
    if (first == null) {
      first = waiting;
    }
  }

  private boolean endsWalk(PendingReason waiting) {
    oddInARow = waiting.reason() == PendingReason.Reason.ODD_ANSWER ? oddInARow + 1 : 0;
    return switch (waiting.reason()) {
      case UNREACHABLE, BUSY, MISBEHAVING, ANOTHER_SENDER -> true;
      case ODD_ANSWER -> oddInARow == ODD_IN_A_ROW;
      case SUBSCRIPTION, BEHIND_EARLIER -> false;
    };
  }

  /** Sends one; empty if it does not wait any more. */
  private Optional<PendingReason> send(QueueEntry entry) throws IOException {
    KnownTower tower = folder.tower().orElseThrow(() -> new IOException("no tower.json any more"));
    int slots = slotsAskedFor(entry);
    if (tower.trouble().isPresent() && slots >= tower.trouble().get().slots()) {
      return Optional.of(
          PendingReason.of(PendingReason.Reason.SUBSCRIPTION, tower.trouble().get().why()));
    }
    SignedAppointment sent =
        entry.parties().equals(tower.parties())
            ? entry.sent()
            : SignedAppointment.by(user, entry.sent().appointment()); // the key has been changed
    Response response;
    try {
      response = calls.add(address, sent);
      ObjectNode granted = response.granted();
      return receipt(entry, tower, sent, granted, response);
    } catch (UnreachableException e) {
      return Optional.of(
          PendingReason.of(PendingReason.Reason.UNREACHABLE, String.valueOf(e.getMessage())));
    } catch (RefusedException e) {
      return refused(entry, e.refusal(), slots);
    }
  }

  /** An update asks for the difference. */
  private int slotsAskedFor(QueueEntry entry) throws IOException {
    int has =
        folder
            .receipt(entry.locator())
            .map(receipt -> receipt.promise().sent().appointment().slots())
            .orElse(0);
    return Math.max(0, entry.sent().appointment().slots() - has);
  }

  private Optional<PendingReason> receipt(
      QueueEntry entry,
      KnownTower tower,
      SignedAppointment sent,
      ObjectNode granted,
      Response response)
      throws IOException, RefusedException {
    SignedReceipt promise;
    long slots;
    long expiry;
    try {
      JsonFields answer = new JsonFields(granted);
      Locator echoed = answer.value("locator", "32 hex digits", Locator::fromHex);
      if (!echoed.equals(entry.locator())) {
        throw answer.wrong("locator", entry.locator() + " is expected");
      }
      promise = new SignedReceipt(sent, answer.u32("start_block"), answer.text("signature"));
      slots = answer.u32("available_slots");
      expiry = answer.u32("subscription_expiry");
    } catch (MalformedException e) {
      throw new RefusedException(TowerError.odd(response.answer(), String.valueOf(e.getMessage())));
    }
    Optional<PublicKey> signer = promise.signer(tower.parties().dialect());
    if (!signer.equals(Optional.of(tower.parties().tower()))) {
      MisbehavingException seen =
          new MisbehaviourRecorder(folder, address, user)
              .wrongSignature(
                  Misbehaviour.WRONG_SIGNATURE,
                  tower.parties(),
                  tower.registration(),
                  Optional.of(promise),
                  signer,
                  response.answer());
      return Optional.of(
          PendingReason.of(PendingReason.Reason.MISBEHAVING, String.valueOf(seen.getMessage())));
    }
    folder.taken(
        entry,
        new Receipt(
            tower.parties(),
            tower.registration(),
            promise,
            response.answer().receivedAt(),
            Optional.empty()));
    folder.update(known -> known.withSubscription(slots, expiry));
    taken++;
    oddInARow = 0;
    return Optional.empty();
  }

  private Optional<PendingReason> refused(QueueEntry entry, TowerError refusal, int slots)
      throws IOException {
    if (refusal.kind() == TowerError.Kind.FOR_GOOD) {
      Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      rejected.add(new AddResult.Rejected(refusal, folder.reject(entry, refusal, now)));
      oddInARow = 0;
      return Optional.empty();
    }
    if (refusal.kind() == TowerError.Kind.SUBSCRIPTION) {
      String why = new SubscriptionRefusal(folder, calls, address, user).explained(refusal, slots);
      SubscriptionProblem trouble = new SubscriptionProblem(why, slots, Instant.now());
      folder.update(tower -> tower.withTrouble(Optional.of(trouble)));
      return Optional.of(
          new PendingReason(PendingReason.Reason.SUBSCRIPTION, why, refusal.retryAfter()));
    }
    return Optional.of(PendingReason.of(refusal));
  }
}
