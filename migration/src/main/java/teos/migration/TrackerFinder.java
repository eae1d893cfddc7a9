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
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Tracker;

/**
 * Completes another tower's trackers with what bitcoind knows. rust-teos does not store the block
 * of a dispute; python-teos stores neither that, nor the dispute transaction, nor the status of the
 * penalty.
 */
final class TrackerFinder {

  /**
   * Number of outputs of an unknown dispute to look up. A commitment has up to hundreds of outputs,
   * and some of the first ones often stay unspent for a long time.
   */
  private static final int MAX_LOOKED_UP_OUTPUTS = 10;

  /** Blocks before its appointment to search for a dispute: towers accept late appointments. */
  private static final int MAX_LATE_BLOCKS = 144;

  private final ChainLookup chain;
  private final BlockProcessor blocks;
  private final int lastHeight;
  private final int earliest;
  private final boolean force;

  /**
   * @param lastHeight height of the last block that the other tower has processed
   * @param earliest lowest height at which a dispute can be
   * @param force whether to skip blocks that bitcoind has pruned
   */
  TrackerFinder(
      ChainLookup chain, BlockProcessor blocks, int lastHeight, int earliest, boolean force) {
    this.chain = chain;
    this.blocks = blocks;
    this.lastHeight = lastHeight;
    this.earliest = earliest;
    this.force = force;
  }

  /** A tracker with the dispute and status that are known without a search through blocks. */
  private record PartialTracker(
      SourceRecord.Tracker source,
      Optional<LocatedTransaction> dispute,
      Optional<PenaltyStatus> status) {

    boolean isComplete() {
      boolean confirmed = status.orElse(null) instanceof PenaltyStatus.Confirmed;
      boolean hasRaw = source.disputeTx().isPresent() || dispute.isPresent();
      return status.isPresent() && hasRaw && (confirmed || dispute.isPresent());
    }
  }

  /**
   * Returns the completed trackers, without those whose dispute is unknown and in no block and not
   * in the mempool: their appointments are watched again.
   *
   * @throws MigrationException if blocks to be searched are pruned
   */
  List<NewTracker> find(
      List<SourceRecord.Tracker> sources, Consumer<String> progress, CancellationToken cancellation)
      throws BitcoindException, MigrationException {
    List<PartialTracker> partials = new ArrayList<>();
    for (SourceRecord.Tracker source : sources) {
      cancellation.check();
      partials.add(lookUp(source));
    }
    Set<Txid> wanted = new HashSet<>();
    int first = Integer.MAX_VALUE;
    for (PartialTracker partial : partials) {
      if (!partial.isComplete()) {
        wanted.add(partial.source.disputeTxid());
        wanted.add(partial.source.penaltyTxid());
        first = Math.min(first, firstHeightToSearch(partial.source));
      }
    }
    Map<Txid, LocatedTransaction> found =
        wanted.isEmpty()
            ? Map.of()
            : chain.search(firstUnpruned(first, progress), wanted, progress, cancellation);
    List<NewTracker> trackers = new ArrayList<>();
    for (PartialTracker partial : partials) {
      complete(partial, found).ifPresent(trackers::add);
    }
    return trackers;
  }

  private int firstHeightToSearch(SourceRecord.Tracker source) {
    long start = source.startBlock().orElse(earliest);
    return Math.clamp(start - MAX_LATE_BLOCKS, 1, lastHeight + 1);
  }

  private int firstUnpruned(int first, Consumer<String> progress)
      throws BitcoindException, MigrationException {
    int pruneHeight = blocks.chainInfo().pruneHeight();
    if (pruneHeight <= first) {
      return first;
    }
    if (!force) {
      throw new MigrationException(
          MigrationException.Kind.PRUNED,
          "disputes must be searched for in the blocks from "
              + first
              + " on, but bitcoind has pruned those below "
              + pruneHeight
              + ". Let bitcoind download them again (-reindex without -prune), or use"
              + " --forceupdate: the appointment of a dispute that is not found is watched again,"
              + " and its penalty is no longer tracked");
    }
    progress.accept("bitcoind has pruned the blocks below " + pruneHeight + "; skipping them");
    return pruneHeight;
  }

  private PartialTracker lookUp(SourceRecord.Tracker source) throws BitcoindException {
    for (Outpoint input : RawTransactions.inputs(source.penaltyTx())) {
      if (!input.txid().equals(source.disputeTxid())) {
        continue;
      }
      OptionalInt height = blocks.heightOfUnspent(input.txid(), input.index());
      if (height.isPresent()) {
        // The penalty's input is unspent, so the penalty is in no block.
        Optional<LocatedTransaction> penalty = chain.find(source.penaltyTxid(), 0);
        return new PartialTracker(
            source,
            chain.inBlock(source.disputeTxid(), height.getAsInt()),
            Optional.of(unconfirmed(source, penalty.isPresent())));
      }
    }
    int outputs = outputCount(source.disputeTx(), MAX_LOOKED_UP_OUTPUTS);
    Optional<LocatedTransaction> dispute = chain.find(source.disputeTxid(), outputs);
    Optional<PenaltyStatus> status = source.status();
    if (!(status.orElse(null) instanceof PenaltyStatus.Confirmed)) {
      status =
          chain
              .find(source.penaltyTxid(), outputCount(Optional.of(source.penaltyTx()), 0))
              .map(penalty -> status(source, penalty));
    }
    return new PartialTracker(source, dispute, status);
  }

  private PenaltyStatus unconfirmed(SourceRecord.Tracker source, boolean inMempool) {
    int sinceHeight =
        source.status().orElse(null) instanceof PenaltyStatus.InMempool(int height)
            ? height
            : lastHeight;
    return inMempool
        ? new PenaltyStatus.InMempool(sinceHeight)
        : new PenaltyStatus.Pending(sinceHeight);
  }

  private PenaltyStatus status(SourceRecord.Tracker source, LocatedTransaction penalty) {
    return penalty.height().isPresent()
        ? new PenaltyStatus.Confirmed(penalty.height().getAsInt())
        : unconfirmed(source, true);
  }

  private static int outputCount(Optional<byte[]> raw, int fallback) {
    return raw.map(bytes -> Transaction.read(bytes).txOut.size()).orElse(fallback);
  }

  private Optional<NewTracker> complete(
      PartialTracker partial, Map<Txid, LocatedTransaction> found) {
    SourceRecord.Tracker source = partial.source;
    Optional<LocatedTransaction> dispute =
        partial.dispute.or(() -> Optional.ofNullable(found.get(source.disputeTxid())));
    Optional<byte[]> raw = source.disputeTx().or(() -> dispute.map(LocatedTransaction::raw));
    if (raw.isEmpty()) {
      return Optional.empty();
    }
    PenaltyStatus status =
        partial
            .status
            .or(
                () ->
                    Optional.ofNullable(found.get(source.penaltyTxid()))
                        .map(penalty -> status(source, penalty)))
            .orElseGet(() -> unconfirmed(source, false));
    return Optional.of(
        new NewTracker(
            new Tracker(
                source.locator(),
                source.user(),
                source.slots(),
                source.disputeTxid(),
                dispute.map(LocatedTransaction::height).orElse(OptionalInt.empty()),
                Penalty.plain(source.penaltyTxid()),
                status),
            raw.get(),
            source.penaltyTx()));
  }
}
