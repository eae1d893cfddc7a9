package teos.tower.store;

import java.util.Optional;
import java.util.OptionalInt;
import teos.protocol.Txid;

/**
 * When a penalty that is in no block is sent again.
 *
 * @param refusals how often bitcoind has refused it since its dispute was last seen
 * @param dueAt height of the tip from which on it is due; none if it need not be sent
 * @param conflict the transaction in the mempool that spends what it needs, if one is known: it is
 *     due as soon as that has gone
 */
public record Retry(int refusals, OptionalInt dueAt, Optional<Txid> conflict) {

  /** Blocks that a penalty waits at most: a day. */
  public static final int MAX_BLOCKS = 144;

  /** Blocks without a confirmation after which a penalty in the mempool is sent again. */
  public static final int BLOCKS_IN_MEMPOOL = 6;

  /** Nothing is left to be sent. */
  public static final Retry NEVER = new Retry(0, OptionalInt.empty(), Optional.empty());

  /** Due now, and not refused yet. */
  public static final Retry FIRST = new Retry(0, OptionalInt.of(0), Optional.empty());

  /** After another refusal at {@code height}: in 1, 2, 4, … blocks. */
  Retry afterRefusal(int height, Optional<Txid> by) {
    int blocks = Math.min(MAX_BLOCKS, 1 << Math.min(refusals, 8));
    return new Retry(refusals + 1, OptionalInt.of(height + blocks), by);
  }

  /** Due now, and if it is refused once more, not again for as long as it would have waited. */
  Retry now() {
    return new Retry(refusals, OptionalInt.of(0), conflict);
  }

  /** What follows from a status alone. */
  static Retry of(PenaltyStatus status) {
    return switch (status) {
      case PenaltyStatus.Pending pending -> FIRST;
      case PenaltyStatus.Refused refused -> FIRST;
      case PenaltyStatus.DisputeMissing gone -> FIRST;
      case PenaltyStatus.InMempool(int since) ->
          new Retry(0, OptionalInt.of(since + BLOCKS_IN_MEMPOOL), Optional.empty());
      case PenaltyStatus.Confirmed confirmed -> NEVER;
      case PenaltyStatus.Outspent beaten -> NEVER;
      case PenaltyStatus.Complete complete -> NEVER;
    };
  }
}
