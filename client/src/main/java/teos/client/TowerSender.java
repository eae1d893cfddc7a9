package teos.client;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import teos.client.evidence.Receipt;
import teos.client.store.KnownTower;
import teos.client.store.LockHandle;
import teos.client.store.QueueEntry;
import teos.client.store.TowerFolder;
import teos.client.wire.TowerAddress;
import teos.protocol.SecretKey;

/**
 * Sends a tower's queue while holding its send lock.
 *
 * @param addressOverride address to use instead of the saved one
 * @param lockTimeout how long to wait for another sender
 */
record TowerSender(
    TowerFolder folder,
    TowerCalls calls,
    Optional<TowerAddress> addressOverride,
    SecretKey user,
    Duration lockTimeout) {

  /**
   * A subscription problem is ignored after this time, as the user may have got slots by other
   * means.
   */
  private static final Duration SUBSCRIPTION_PROBLEM_TTL = Duration.ofHours(1);

  /** Sends the queue up to {@code entry} and returns what happened to that entry. */
  AddResult send(QueueEntry entry) throws IOException {
    Optional<LockHandle> lock = folder.acquireSendLock(lockTimeout);
    if (lock.isEmpty()) {
      return new AddResult.Queued(anotherSender());
    }
    try {
      expireSubscriptionProblem();
      QueueSender sender = queueSender();
      sender.drain(Optional.of(entry.name()));
      return folder.queue().entry(entry.name()).isPresent()
          ? new AddResult.Queued(sender.lastReason().orElseThrow())
          : resultOf(entry);
    } finally {
      lock.get().release();
    }
  }

  /** Sends the whole queue, also if the last attempt failed for lack of slots. */
  SendReport sendAll() throws IOException {
    Optional<LockHandle> lock = folder.acquireSendLock(lockTimeout);
    if (lock.isEmpty()) {
      return new SendReport(0, List.of(), folder.queue().size(), Optional.of(anotherSender()));
    }
    try {
      // The caller may know of slots that the user has got by other means.
      folder.update(tower -> tower.withSubscriptionProblem(Optional.empty()));
      return queueSender().drain();
    } finally {
      lock.get().release();
    }
  }

  private static PendingReason anotherSender() {
    return PendingReason.of(
        PendingReason.Kind.ANOTHER_SENDER, "another process is sending to this tower");
  }

  private QueueSender queueSender() throws IOException {
    return new QueueSender(folder, calls, addressOverride.orElse(requireTower().address()), user);
  }

  /**
   * Returns the result of an entry that has left the queue, through this sender or another. The
   * receipt may be for a later version already.
   */
  private AddResult resultOf(QueueEntry entry) throws IOException {
    Optional<Path> rejected = folder.queue().rejectedFile(entry.name());
    if (rejected.isPresent()) {
      return new AddResult.Rejected(folder.queue().rejectionError(rejected.get()), rejected.get());
    }
    KnownTower tower = requireTower();
    Receipt receipt =
        folder
            .receipts()
            .receipt(entry.locator())
            .orElseThrow(
                () ->
                    new IOException(
                        "neither the queue nor the receipts contain " + entry.locator()));
    return new AddResult.Accepted(receipt, tower.availableSlots(), tower.subscriptionExpiry());
  }

  private KnownTower requireTower() throws IOException {
    return folder.tower().orElseThrow(() -> new IOException("the tower has been removed"));
  }

  private void expireSubscriptionProblem() throws IOException {
    Instant limit = Instant.now().minus(SUBSCRIPTION_PROBLEM_TTL);
    folder.update(
        tower ->
            tower.subscriptionProblem().filter(found -> found.since().isBefore(limit)).isPresent()
                ? tower.withSubscriptionProblem(Optional.empty())
                : tower);
  }
}
