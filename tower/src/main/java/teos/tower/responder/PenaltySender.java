package teos.tower.responder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.RawTransactions;
import teos.tower.database.Database;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.store.RawTransaction;
import teos.tower.store.Tracker;
import teos.tower.store.TransactionsDBM;

/**
 * Broadcasts penalties in batches: for the first time without asking why bitcoind rejects some, and
 * again with an analysis of each rejection. Does not change trackers; see {@link ResultWriter}.
 */
final class PenaltySender {

  private static final Logger log = LoggerFactory.getLogger(PenaltySender.class);

  /** Penalties in an exchange of first broadcasts: bitcoind answers after checking the last one. */
  private static final int MAX_FIRST_BATCH = 50;

  private static final int MAX_FIRST_BATCH_BYTES = 512 * 1024;

  private static final int MAX_RETRY_BATCH = 20;
  private static final int MAX_RETRY_BATCH_BYTES = 256 * 1024;

  /** Duration of an exchange that halves the next batch: others may be waiting for bitcoind. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int MAX_WEIGHT = BreachPenalty.MAX_STANDARD_WEIGHT;

  private static final BroadcastResult TOO_LARGE =
      new BroadcastResult.Invalid("over " + MAX_WEIGHT + " weight units: no node relays it");

  private final Database database;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Carrier carrier;

  /** Size of the next batch of retries. Used by the rebroadcaster's thread only. */
  private int retryBatchSize = MAX_RETRY_BATCH;

  PenaltySender(Database database, Carrier carrier) {
    this.database = database;
    this.carrier = carrier;
  }

  /**
   * Broadcasts penalties for the first time, in order. Rejected ones stay pending, and are sent
   * again with the others that are due.
   *
   * @return the penalties that were sent; fewer than {@code penalties} if bitcoind is unavailable
   */
  List<SentPenalty> sendFirst(List<TrackedPenalty> penalties) {
    List<SentPenalty> sent = new ArrayList<>(penalties.size());
    for (int from = 0; from < penalties.size(); ) {
      int to = endOfFirstBatch(penalties, from);
      List<TrackedPenalty> batch = penalties.subList(from, to);
      List<BroadcastResult> results = carrier.broadcast(batch);
      for (int i = 0; i < batch.size(); i++) {
        sent.add(new SentPenalty(batch.get(i).tracker(), results.get(i)));
      }
      if (results.getLast() instanceof NodeUnavailable) {
        break; // the others would fail too; all are pending, and are sent when it is back
      }
      from = to;
    }
    return sent;
  }

  private static int endOfFirstBatch(List<TrackedPenalty> all, int from) {
    int to = from + 1;
    int bytes = all.get(from).length();
    while (to < all.size()
        && to - from < MAX_FIRST_BATCH
        && bytes + all.get(to).length() <= MAX_FIRST_BATCH_BYTES) {
      bytes += all.get(to).length();
      to++;
    }
    return to;
  }

  /** Loads the penalties of the first of {@code due}, as many as fit into one exchange. */
  List<TrackedPenalty> loadRetryBatch(List<Tracker> due) {
    return database.read(
        handle -> {
          List<TrackedPenalty> batch = new ArrayList<>();
          int bytes = 0;
          for (Tracker tracker : due.subList(0, Math.min(due.size(), retryBatchSize))) {
            Optional<byte[]> raw = transactions.penalty(handle, tracker.trackerKey());
            if (raw.isEmpty() || (bytes + raw.get().length > MAX_RETRY_BATCH_BYTES && bytes > 0)) {
              break;
            }
            batch.add(TrackedPenalty.of(tracker, raw.get()));
            bytes += raw.get().length;
          }
          return batch;
        });
  }

  /**
   * Broadcasts penalties again, and analyzes the rejections.
   *
   * @return the penalties that were sent; the others of {@code batch} are still due
   */
  List<SentPenalty> sendAgain(List<TrackedPenalty> batch) {
    if (batch.isEmpty()) {
      return List.of(); // the tracker was deleted meanwhile
    }
    Optional<SentPenalty> tooLarge =
        batch.stream()
            .filter(each -> isTooLarge(each.raw()))
            .map(each -> new SentPenalty(each.tracker(), TOO_LARGE))
            .findFirst();
    if (tooLarge.isPresent()) {
      return List.of(tooLarge.get());
    }
    long start = System.nanoTime();
    List<BroadcastResult> results = carrier.broadcast(batch);
    boolean lost = results.getLast() instanceof NodeUnavailable;
    retryBatchSize =
        lost || System.nanoTime() - start > SLOW_NANOS
            ? Math.max(1, retryBatchSize / 2)
            : Math.min(MAX_RETRY_BATCH, retryBatchSize * 2);
    List<SentPenalty> sent = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      TrackedPenalty each = batch.get(i);
      BroadcastResult result = results.get(i);
      if (result instanceof Undecided undecided) {
        result = analyze(each, undecided);
      }
      sent.add(new SentPenalty(each.tracker(), result));
      if (result instanceof NodeUnavailable) {
        break;
      }
    }
    return sent;
  }

  /**
   * Returns whether a penalty is too heavy to be relayed. Only penalties stored by an old version
   * can be: {@link BreachPenalty} rejects them now.
   */
  private static boolean isTooLarge(RawTransaction penalty) {
    try {
      return penalty.bytes().length > MAX_WEIGHT / 4
          && RawTransactions.outline(penalty.bytes()).weight() > MAX_WEIGHT;
    } catch (IllegalArgumentException e) {
      return false; // bitcoind will say what is wrong with it
    }
  }

  /**
   * Analyzes a rejection. A response that cannot be interpreted counts as a refusal, so that it
   * does not keep other penalties from being sent.
   */
  private BroadcastResult analyze(TrackedPenalty penalty, Undecided undecided) {
    try {
      return carrier.analyze(penalty, undecided, () -> dispute(penalty.tracker()));
    } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
      log.atWarn()
          .addKeyValue("uuid", penalty.tracker().uuid())
          .addKeyValue("reason", e.getMessage())
          .log("cannot interpret bitcoind's answer about a penalty");
      return new BroadcastResult.Refused(
          String.valueOf(undecided.cause().getMessage()), Optional.empty());
    }
  }

  private RawTransaction dispute(Tracker tracker) {
    byte[] raw =
        database
            .read(handle -> transactions.dispute(handle, tracker.disputeTxid()))
            .orElse(new byte[0]);
    return new RawTransaction(raw, tracker.disputeTxid());
  }
}
