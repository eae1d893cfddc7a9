package teos.migration;

import fr.acinq.bitcoin.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.Outpoint;
import teos.bitcoin.RawTransactions;
import teos.migration.ChainLookup.LocatedTransaction;
import teos.protocol.Txid;
import teos.tower.store.NewTracker;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Tracker;

/**
 * Makes trackers of what another tower keeps of a dispute that it has answered. rust-teos does not
 * keep which block a dispute is in; python-teos neither that, nor the dispute itself, nor how far
 * the penalty has come. bitcoind knows.
 */
final class TrackerFinder {

  /** A commitment has hundreds of outputs at most; some of the first ones stay for long. */
  private static final int SOME_OUTPUTS = 10;

  /** Blocks before its appointment in which a dispute is looked for: towers take some late. */
  private static final int BLOCKS_BEFORE = 144;

  private final ChainLookup chain;
  private final BlockProcessor blocks;
  private final int lastHeight;
  private final int earliest;
  private final boolean force;

  /**
   * @param lastHeight of the last block that the other tower has dealt with
   * @param earliest height under which there can be no dispute
   * @param force not to insist on blocks that bitcoind has pruned
   */
  TrackerFinder(
      ChainLookup chain, BlockProcessor blocks, int lastHeight, int earliest, boolean force) {
    this.chain = chain;
    this.blocks = blocks;
    this.lastHeight = lastHeight;
    this.earliest = earliest;
    this.force = force;
  }

  /** What is known of a tracker so far. */
  private record PartialTracker(
      SourceRecord.Tracker answered,
      Optional<LocatedTransaction> dispute,
      Optional<PenaltyStatus> status) {

    boolean isEnough() {
      boolean settled = status.orElse(null) instanceof PenaltyStatus.Confirmed;
      boolean raw = answered.disputeTx().isPresent() || dispute.isPresent();
      return status.isPresent() && raw && (settled || dispute.isPresent());
    }
  }

  /**
   * Finds what is missing.
   *
   * @return a tracker for each, except where the dispute is in no block and not in the mempool: the
   *     appointment is being watched again then
   * @throws MigrationException if blocks that have to be looked through are pruned
   */
  List<NewTracker> find(
      List<SourceRecord.Tracker> all, Consumer<String> progress, CancellationToken cancellation)
      throws BitcoindException, MigrationException {
    List<PartialTracker> looked = new ArrayList<>();
    for (SourceRecord.Tracker answered : all) {
      cancellation.check();
      looked.add(cheaply(answered));
    }
    Set<Txid> wanted = new HashSet<>();
    int first = Integer.MAX_VALUE;
    for (PartialTracker partly : looked) {
      if (!partly.isEnough()) {
        wanted.add(partly.answered.disputeTxid());
        wanted.add(partly.answered.penaltyTxid());
        first = Math.min(first, firstFor(partly.answered));
      }
    }
    Map<Txid, LocatedTransaction> found =
        wanted.isEmpty()
            ? Map.of()
            : chain.search(unpruned(first, progress), wanted, progress, cancellation);
    List<NewTracker> trackers = new ArrayList<>();
    for (PartialTracker partly : looked) {
      tracker(partly, found).ifPresent(trackers::add);
    }
    return trackers;
  }

  private int firstFor(SourceRecord.Tracker answered) {
    long start = answered.startBlock().orElse(earliest);
    return Math.clamp(start - BLOCKS_BEFORE, 1, lastHeight + 1);
  }

  private int unpruned(int first, Consumer<String> progress)
      throws BitcoindException, MigrationException {
    int kept = blocks.chainInfo().pruneHeight();
    if (kept <= first) {
      return first;
    }
    if (!force) {
      throw new MigrationException(
          MigrationException.Kind.PRUNED,
          "disputes that were answered have to be looked for in the blocks from "
              + first
              + " on, and bitcoind has pruned those under "
              + kept
              + ". Let it fetch them again"
              + " (-reindex without -prune), or use --forceupdate: a dispute that is not found is"
              + " watched for again, and its penalty is no longer seen to");
    }
    progress.accept(
        "bitcoind has pruned the blocks under " + kept + ": they are not looked through");
    return kept;
  }

  private PartialTracker cheaply(SourceRecord.Tracker answered) throws BitcoindException {
    for (Outpoint input : RawTransactions.inputs(answered.penaltyTx())) {
      if (!input.txid().equals(answered.disputeTxid())) {
        continue;
      }
      OptionalInt height = blocks.heightOfUnspent(input.txid(), input.index());
      if (height.isPresent()) {
        // What it is to spend is unspent: the penalty is in no block.
        Optional<LocatedTransaction> penalty = chain.find(answered.penaltyTxid(), 0);
        return new PartialTracker(
            answered,
            chain.inBlock(answered.disputeTxid(), height.getAsInt()),
            Optional.of(unconfirmed(answered, penalty.isPresent())));
      }
    }
    int outputs = outputs(answered.disputeTx(), SOME_OUTPUTS);
    Optional<LocatedTransaction> dispute = chain.find(answered.disputeTxid(), outputs);
    Optional<PenaltyStatus> status = answered.status();
    if (!(status.orElse(null) instanceof PenaltyStatus.Confirmed)) {
      status =
          chain
              .find(answered.penaltyTxid(), outputs(Optional.of(answered.penaltyTx()), 0))
              .map(penalty -> status(answered, penalty));
    }
    return new PartialTracker(answered, dispute, status);
  }

  private PenaltyStatus unconfirmed(SourceRecord.Tracker answered, boolean inMempool) {
    int since =
        answered.status().orElse(null) instanceof PenaltyStatus.InMempool(int height)
            ? height
            : lastHeight;
    return inMempool ? new PenaltyStatus.InMempool(since) : new PenaltyStatus.Pending(since);
  }

  private PenaltyStatus status(SourceRecord.Tracker answered, LocatedTransaction penalty) {
    return penalty.height().isPresent()
        ? new PenaltyStatus.Confirmed(penalty.height().getAsInt())
        : unconfirmed(answered, true);
  }

  private static int outputs(Optional<byte[]> raw, int otherwise) {
    return raw.map(bytes -> Transaction.read(bytes).txOut.size()).orElse(otherwise);
  }

  private Optional<NewTracker> tracker(PartialTracker partly, Map<Txid, LocatedTransaction> found) {
    SourceRecord.Tracker answered = partly.answered;
    Optional<LocatedTransaction> dispute =
        partly.dispute.or(() -> Optional.ofNullable(found.get(answered.disputeTxid())));
    Optional<byte[]> raw = answered.disputeTx().or(() -> dispute.map(LocatedTransaction::raw));
    if (raw.isEmpty()) {
      return Optional.empty();
    }
    PenaltyStatus status =
        partly
            .status
            .or(
                () ->
                    Optional.ofNullable(found.get(answered.penaltyTxid()))
                        .map(penalty -> status(answered, penalty)))
            .orElseGet(() -> unconfirmed(answered, false));
    return Optional.of(
        new NewTracker(
            new Tracker(
                answered.locator(),
                answered.user(),
                answered.slots(),
                answered.disputeTxid(),
                dispute.map(LocatedTransaction::height).orElse(OptionalInt.empty()),
                answered.penaltyTxid(),
                status),
            raw.get(),
            answered.penaltyTx()));
  }
}
