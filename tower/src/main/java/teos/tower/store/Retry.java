package teos.tower.store;

import java.util.Optional;
import java.util.OptionalInt;
import teos.protocol.Txid;

/**
 * Schedule for broadcasting a penalty that is not in a block.
 *
 * @param refusals how often bitcoind has rejected it since its dispute was last seen
 * @param dueAt height of the tip from which it is due; empty if it need not be broadcast
 * @param conflict conflicting spend in the mempool, if known: the penalty is due as soon as that is
 *     gone
 */
public record Retry(int refusals, OptionalInt dueAt, Optional<Txid> conflict) {

  /** Maximum number of blocks between two attempts: a day. */
  public static final int MAX_BLOCKS = 144;

  /** Blocks without a confirmation after which a penalty in the mempool is broadcast again. */
  public static final int BLOCKS_IN_MEMPOOL = 6;

  /** Nothing to broadcast. */
  public static final Retry NEVER = new Retry(0, OptionalInt.empty(), Optional.empty());

  /** Due now and not rejected yet. */
  public static final Retry FIRST = new Retry(0, OptionalInt.of(0), Optional.empty());

  /** Returns the retry after another rejection at {@code height}: in 1, 2, 4, … blocks. */
  Retry afterRefusal(int height, Optional<Txid> by) {
    int blocks = Math.min(MAX_BLOCKS, 1 << Math.min(refusals, 8));
    return new Retry(refusals + 1, OptionalInt.of(height + blocks), by);
  }

  /** Returns a retry that is due now; another rejection does not shorten the back-off. */
  Retry dueNow() {
    return new Retry(refusals, OptionalInt.of(0), conflict);
  }

  /** Returns the retry that follows from a status alone. */
  static Retry of(PenaltyStatus status) {
    return switch (status) {
      case PenaltyStatus.Pending pending -> FIRST;
      case PenaltyStatus.Refused refused -> FIRST;
      case PenaltyStatus.DisputeMissing missing -> FIRST;
      case PenaltyStatus.InMempool(int since) ->
          new Retry(0, OptionalInt.of(since + BLOCKS_IN_MEMPOOL), Optional.empty());
      case PenaltyStatus.Confirmed confirmed -> NEVER;
      case PenaltyStatus.Outspent outspent -> NEVER;
      case PenaltyStatus.Complete complete -> NEVER;
      case PenaltyStatus.Standby standby -> NEVER;
      case PenaltyStatus.Superseded superseded -> NEVER;
      case PenaltyStatus.AwaitingParent awaiting -> NEVER;
    };
  }
}
