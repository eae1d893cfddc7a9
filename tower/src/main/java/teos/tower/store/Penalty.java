package teos.tower.store;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import teos.protocol.Txid;

/**
 * What a tracker knows about its penalty transaction, which is in {@link TransactionsDBM}.
 *
 * @param txid its txid
 * @param member position in the bundle, from 1; 0 for a plain transaction
 * @param feeRate in sat per 1,000 virtual bytes; empty if the value of an input is unknown
 * @param selfDelay {@code to_self_delay} of the appointment in blocks; 0 if unknown
 * @param shared outputs that other penalties of the bundle spend too
 * @param parent transaction that it waits, or has waited, for; empty if it spends an output of the
 *     dispute
 */
public record Penalty(
    Txid txid,
    int member,
    OptionalLong feeRate,
    long selfDelay,
    SharedOutputs shared,
    Optional<Parent> parent) {

  /**
   * Transaction other than the dispute whose output a penalty spends, such as the HTLC transaction
   * of the cheater.
   *
   * @param txid its txid
   * @param height height of its block; empty while it is in no block
   */
  public record Parent(Txid txid, OptionalInt height) {}

  /** Returns a penalty that is not in a bundle and about which nothing else is known. */
  public static Penalty plain(Txid txid) {
    return new Penalty(txid, 0, OptionalLong.empty(), 0, SharedOutputs.NONE, Optional.empty());
  }

  /** Returns the penalty of an appointment with another {@code to_self_delay}, in blocks. */
  public Penalty withSelfDelay(long blocks) {
    return new Penalty(txid, member, feeRate, blocks, shared, parent);
  }

  /** Returns the penalty with the transaction that it waits for. */
  Penalty withParent(Parent waitsFor) {
    return new Penalty(txid, member, feeRate, selfDelay, shared, Optional.of(waitsFor));
  }

  /** Returns whether it is a member of a bundle, not a plain transaction. */
  public boolean isInBundle() {
    return member > 0;
  }

  /** Returns whether it waits, or has waited, for the transaction {@code txid}. */
  public boolean hasParent(Txid txid) {
    return parent.filter(known -> known.txid().equals(txid)).isPresent();
  }

  /** Returns whether other penalties of the bundle spend one of its outputs. */
  public boolean hasAlternatives() {
    return !shared.isEmpty();
  }

  /** Returns whether only one of the two can confirm. */
  public boolean isAlternativeTo(Penalty other) {
    return member != other.member && shared.intersects(other.shared);
  }
}
