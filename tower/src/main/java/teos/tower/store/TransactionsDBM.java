package teos.tower.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import teos.bitcoin.Outpoint;
import teos.bitcoin.RawTransactions;
import teos.protocol.Txid;

/**
 * Tables of the trackers' raw transactions, which may be large, and of the outputs that they spend.
 * A dispute is stored once for all its trackers; a penalty is stored with its tracker, since the
 * txid does not cover its signatures. Transactions are loaded one at a time.
 *
 * <p>To compare blocks with spent outputs, two things are stored: with a penalty, the indexes of
 * the dispute's outputs that it spends; for all other outputs, the outpoint with the txid of the
 * spender.
 */
public final class TransactionsDBM {

  /**
   * Maximum number of a penalty's inputs, other than from its dispute, that are compared with each
   * block. An honest penalty has one or two, which pay fees.
   */
  private static final int MAX_OTHER_INPUTS = 32;

  private static final String STORE_PENALTY =
      "INSERT INTO penalties (locator, user_id, member, dispute_outputs, raw)"
          + " VALUES (?, ?, ?, ?, ?)";

  private static final int OUTPOINT_LENGTH = 36;
  private static final int INDEX_LENGTH = 4;

  /** Returns the raw penalty of a tracker. */
  public Optional<byte[]> penalty(Handle handle, TrackerKey key) {
    return handle
        .createQuery("SELECT raw FROM penalties WHERE locator = ? AND user_id = ? AND member = ?")
        .bind(0, key.locator().bytes())
        .bind(1, key.user().bytes())
        .bind(2, key.member())
        .map((row, context) -> row.getBytes(1))
        .findOne();
  }

  /** Returns a raw dispute. */
  public Optional<byte[]> dispute(Handle handle, Txid txid) {
    return handle
        .createQuery("SELECT raw FROM disputes WHERE txid = ?")
        .bind(0, txid.internal())
        .map((row, context) -> row.getBytes(1))
        .findOne();
  }

  /** Returns those of {@code txids} that are disputes. */
  public Set<Txid> disputesAmong(Handle handle, Collection<Txid> txids) {
    return new LinkedHashSet<>(
        Queries.inChunks(
            handle,
            "SELECT txid FROM disputes WHERE txid IN (%s)",
            txids,
            query -> query.map((row, context) -> Txid.ofInternal(row.getBytes(1))).list()));
  }

  /**
   * Returns the disputes and penalties that spend any of {@code outpoints}; a penalty's inputs from
   * its own dispute do not count.
   */
  public Map<Outpoint, Set<Txid>> spenders(Handle handle, Collection<Outpoint> outpoints) {
    Map<Outpoint, Set<Txid>> spenders = new HashMap<>();
    Queries.inByteChunks(
            handle,
            "SELECT outpoint, spender FROM outpoints WHERE outpoint IN (%s)",
            outpoints,
            TransactionsDBM::bytes,
            query ->
                query
                    .map(
                        (row, context) ->
                            Map.entry(outpoint(row.getBytes(1)), Txid.ofInternal(row.getBytes(2))))
                    .list())
        .forEach(
            found ->
                spenders
                    .computeIfAbsent(found.getKey(), key -> new HashSet<>())
                    .add(found.getValue()));
    return spenders;
  }

  /**
   * Returns those of the penalties {@code keys} that spend output {@code index} of their dispute.
   */
  public Set<TrackerKey> penaltiesSpendingOutput(
      Handle handle, Collection<TrackerKey> keys, long index) {
    Set<TrackerKey> wanted = new HashSet<>(keys);
    return new HashSet<>(
        Queries.inKeyChunks(
            handle,
            "SELECT locator, user_id, member, dispute_outputs FROM penalties"
                + " WHERE (locator, user_id) IN (VALUES %s)",
            wanted.stream().map(TrackerKey::appointment).distinct().toList(),
            query ->
                query
                    .map((row, context) -> Map.entry(TrackerRow.key(row), row.getBytes(4)))
                    .filter(
                        found ->
                            wanted.contains(found.getKey()) && contains(found.getValue(), index))
                    .map(Map.Entry::getKey)
                    .list()));
  }

  /** Returns the outpoints that a penalty spends, other than of its dispute. */
  public List<Outpoint> otherInputs(Handle handle, Tracker tracker) {
    return penalty(handle, tracker.trackerKey()).stream()
        .flatMap(raw -> RawTransactions.inputs(raw).stream())
        .filter(input -> !input.txid().equals(tracker.disputeTxid()))
        .toList();
  }

  void store(Handle handle, Collection<NewTracker> trackers) {
    Map<Txid, byte[]> disputes = new HashMap<>();
    trackers.forEach(each -> disputes.put(each.tracker().disputeTxid(), each.disputeTx()));
    disputes.keySet().removeAll(disputesAmong(handle, disputes.keySet()));
    if (!disputes.isEmpty()) {
      try (PreparedBatch batch =
          handle.prepareBatch(
              "INSERT INTO disputes (txid, raw) VALUES (?, ?) ON CONFLICT (txid) DO NOTHING")) {
        disputes.forEach((txid, raw) -> batch.bind(0, txid.internal()).bind(1, raw).add());
        batch.execute();
      }
    }
    List<Spend> spends = new ArrayList<>();
    disputes.forEach((txid, raw) -> addSpends(spends, txid, RawTransactions.inputs(raw)));
    try (PreparedBatch batch = handle.prepareBatch(STORE_PENALTY)) {
      for (NewTracker each : trackers) {
        add(batch, each.tracker(), each.penaltyTx(), spends);
      }
      batch.execute();
    }
    storeSpends(handle, spends);
  }

  private record Spend(Outpoint outpoint, Txid spender) {}

  private static void addSpends(List<Spend> spends, Txid spender, List<Outpoint> outpoints) {
    outpoints.forEach(outpoint -> spends.add(new Spend(outpoint, spender)));
  }

  private static void add(PreparedBatch batch, Tracker tracker, byte[] raw, List<Spend> spends) {
    List<Outpoint> inputs = RawTransactions.inputs(raw);
    List<Outpoint> ofDispute =
        inputs.stream().filter(input -> input.txid().equals(tracker.disputeTxid())).toList();
    batch
        .bind(0, tracker.locator().bytes())
        .bind(1, tracker.user().bytes())
        .bind(2, tracker.penalty().member())
        .bind(3, indexes(ofDispute))
        .bind(4, raw)
        .add();
    addSpends(
        spends,
        tracker.penaltyTxid(),
        inputs.stream()
            .filter(input -> !input.txid().equals(tracker.disputeTxid()))
            .limit(MAX_OTHER_INPUTS)
            .toList());
  }

  /** Returns the indexes of {@code outpoints} as they are stored, 4 bytes each, little-endian. */
  static byte[] indexes(List<Outpoint> outpoints) {
    ByteBuffer indexes =
        ByteBuffer.allocate(INDEX_LENGTH * outpoints.size()).order(ByteOrder.LITTLE_ENDIAN);
    outpoints.forEach(outpoint -> indexes.putInt((int) outpoint.index()));
    return indexes.array();
  }

  private static void storeSpends(Handle handle, List<Spend> spends) {
    if (spends.isEmpty()) {
      return;
    }
    try (PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO outpoints (outpoint, spender) VALUES (?, ?)"
                + " ON CONFLICT (outpoint, spender) DO NOTHING")) {
      spends.forEach(
          spend ->
              batch.bind(0, bytes(spend.outpoint())).bind(1, spend.spender().internal()).add());
      batch.execute();
    }
  }

  /**
   * Deletes the transactions of {@code trackers}, which are deleted, that no other tracker needs.
   */
  void deleteUnneeded(Handle handle, Collection<Tracker> trackers) {
    for (Tracker tracker : trackers) {
      handle.execute(
          "DELETE FROM penalties WHERE locator = ? AND user_id = ? AND member = ?",
          tracker.locator().bytes(),
          tracker.user().bytes(),
          tracker.penalty().member());
      deleteUnneededOutpoints(handle, tracker.penaltyTxid());
      byte[] dispute = tracker.disputeTxid().internal();
      deleteUnneededOutpoints(handle, tracker.disputeTxid());
      handle.execute(
          "DELETE FROM disputes WHERE txid = ?"
              + " AND NOT EXISTS (SELECT 1 FROM trackers WHERE dispute_txid = ?)",
          dispute,
          dispute);
    }
  }

  /** Deletes the outpoints that {@code spender} spends, unless a tracker needs them. */
  private void deleteUnneededOutpoints(Handle handle, Txid spender) {
    byte[] txid = spender.internal();
    handle.execute(
        "DELETE FROM outpoints WHERE spender = ?"
            + " AND NOT EXISTS (SELECT 1 FROM trackers WHERE penalty_txid = ?)"
            + " AND NOT EXISTS (SELECT 1 FROM trackers WHERE dispute_txid = ?)",
        txid,
        txid,
        txid);
  }

  /**
   * Encodes an outpoint as in an input: the txid in internal order, then the index, little-endian.
   */
  static byte[] bytes(Outpoint outpoint) {
    return ByteBuffer.allocate(OUTPOINT_LENGTH)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(outpoint.txid().internal())
        .putInt((int) outpoint.index())
        .array();
  }

  private static Outpoint outpoint(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    byte[] txid = new byte[Txid.LENGTH];
    buffer.get(txid);
    return new Outpoint(Txid.ofInternal(txid), Integer.toUnsignedLong(buffer.getInt()));
  }

  private static boolean contains(byte[] indexes, long index) {
    ByteBuffer buffer = ByteBuffer.wrap(indexes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (Integer.toUnsignedLong(buffer.getInt()) == index) {
        return true;
      }
    }
    return false;
  }
}
