package teos.tower.responder;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.Outpoint;
import teos.bitcoin.RawTransactions;
import teos.protocol.Txid;
import teos.tower.store.AppointmentKey;
import teos.tower.store.Tracker;

/**
 * That a block has a transaction which spends an output that a tracker needs.
 *
 * @param tracker the tracker
 * @param what which output that is
 * @param by the transaction in the block
 */
record Spent(Tracker tracker, What what, Txid by) {

  enum What {
    /** One that the penalty was to spend. */
    PENALTYS_OUTPUT,
    /** One that the dispute spends, which itself is in no block: it cannot come back. */
    DISPUTES_OUTPUT
  }

  /** What {@code block} spends of {@code trackers}, other than by their own transactions. */
  static List<Spent> find(List<Tracker> trackers, ConnectedBlock block) {
    if (trackers.isEmpty()) {
      return List.of();
    }
    Map<AppointmentKey, List<Outpoint>> byPenalty = new HashMap<>();
    Map<AppointmentKey, List<Outpoint>> byDispute = new HashMap<>();
    Set<Outpoint> wanted = new HashSet<>();
    for (Tracker tracker : trackers) {
      List<Outpoint> penalty = RawTransactions.inputs(tracker.penaltyTx());
      List<Outpoint> dispute =
          tracker.disputeHeight().isPresent()
              ? List.of()
              : RawTransactions.inputs(tracker.disputeTx());
      byPenalty.put(tracker.key(), penalty);
      byDispute.put(tracker.key(), dispute);
      wanted.addAll(penalty);
      wanted.addAll(dispute);
    }
    Map<Outpoint, Txid> spenders = block.spenders(wanted);
    List<Spent> found = new ArrayList<>();
    for (Tracker tracker : trackers) {
      Txid penaltys = other(byPenalty.getOrDefault(tracker.key(), List.of()), spenders, tracker.penaltyTxid());
      Txid disputes = other(byDispute.getOrDefault(tracker.key(), List.of()), spenders, tracker.disputeTxid());
      if (penaltys != null) {
        found.add(new Spent(tracker, What.PENALTYS_OUTPUT, penaltys));
      } else if (disputes != null) {
        found.add(new Spent(tracker, What.DISPUTES_OUTPUT, disputes));
      }
    }
    return found;
  }

  private static @Nullable Txid other(
      List<Outpoint> outpoints, Map<Outpoint, Txid> spenders, Txid own) {
    for (Outpoint outpoint : outpoints) {
      Txid spender = spenders.get(outpoint);
      if (spender != null && !spender.equals(own)) {
        return spender;
      }
    }
    return null;
  }
}
