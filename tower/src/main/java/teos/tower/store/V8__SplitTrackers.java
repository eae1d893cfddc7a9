package teos.tower.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import teos.bitcoin.Outpoint;
import teos.bitcoin.RawTransactions;
import teos.protocol.Txid;
import teos.tower.database.Database;

/**
 * Migration that moves raw transactions out of the table of trackers, stores the dispute of many
 * trackers once, and stores the outputs that transactions spend. Txids are in internal order.
 *
 * <p>It is not plain SQL because transactions have to be parsed. One of them is in memory at a
 * time. It uses none of the classes that read these tables, which later migrations change.
 */
public final class V8__SplitTrackers extends BaseJavaMigration {

  private static final int PAGE = 200;

  /** Statements, valid for SQLite and PostgreSQL, before the new tables are filled. */
  private static final List<String> BEFORE =
      List.of(
          "CREATE TABLE disputes (txid BYTEA NOT NULL PRIMARY KEY, raw BYTEA NOT NULL)",
          "INSERT INTO disputes (txid, raw) SELECT dispute_txid, dispute_tx FROM trackers"
              + " WHERE true ON CONFLICT (txid) DO NOTHING",
          // The large column comes last: SQLite is slow to reach columns behind it.
          "CREATE TABLE penalties (locator BYTEA NOT NULL, user_id BYTEA NOT NULL,"
              + " dispute_outputs BYTEA NOT NULL, raw BYTEA NOT NULL,"
              + " PRIMARY KEY (locator, user_id))",
          // Outputs that disputes spend, and that penalties spend except from their own dispute.
          "CREATE TABLE outpoints (outpoint BYTEA NOT NULL, spender BYTEA NOT NULL,"
              + " PRIMARY KEY (outpoint, spender))",
          "CREATE INDEX outpoints_by_spender ON outpoints (spender)",
          "ALTER TABLE trackers RENAME TO trackers_with_transactions",
          // A penalty that is not in a block is due from retry_height on; settled ones have none.
          "CREATE TABLE trackers (locator BYTEA NOT NULL, user_id BYTEA NOT NULL,"
              + " slots INTEGER NOT NULL, dispute_txid BYTEA NOT NULL, dispute_height BIGINT,"
              + " penalty_txid BYTEA NOT NULL, status SMALLINT NOT NULL,"
              + " status_height BIGINT NOT NULL, status_reason TEXT NOT NULL,"
              + " refusals INTEGER NOT NULL, retry_height BIGINT, conflict_txid BYTEA,"
              + " PRIMARY KEY (locator, user_id))",
          "INSERT INTO trackers (locator, user_id, slots, dispute_txid, dispute_height,"
              + " penalty_txid, status, status_height, status_reason, refusals, retry_height)"
              + " SELECT locator, user_id, slots, dispute_txid, dispute_height, penalty_txid,"
              + " status, status_height, status_reason, 0,"
              + " CASE WHEN status = 1 THEN status_height + 6 WHEN status IN (0, 2, 4) THEN 0 END"
              + " FROM trackers_with_transactions");

  private static final List<String> AFTER =
      List.of(
          "DROP TABLE trackers_with_transactions",
          "CREATE INDEX trackers_by_dispute ON trackers (dispute_txid, locator, user_id)",
          "CREATE INDEX trackers_by_penalty ON trackers (penalty_txid, locator, user_id)",
          "CREATE INDEX trackers_by_status ON trackers (status, status_height)",
          "CREATE INDEX trackers_by_retry ON trackers (user_id, retry_height)",
          "CREATE INDEX tracker_events_by_time ON tracker_events (seconds) WHERE number = 1");

  /** Maximum number of a penalty's inputs, other than from its dispute, that are stored. */
  private static final int MAX_OTHER_INPUTS = 32;

  @Override
  public void migrate(Context context) {
    // Not closed: the connection is Flyway's.
    Handle handle = Jdbi.open(context.getConnection());
    handle.define(Database.LOCK, "");
    BEFORE.forEach(handle::execute);
    storeSpendsOfDisputes(handle);
    movePenalties(handle);
    AFTER.forEach(handle::execute);
  }

  private static void storeSpendsOfDisputes(Handle handle) {
    List<Txid> page;
    byte[] after = Queries.EMPTY_KEY;
    do {
      page =
          handle
              .createQuery("SELECT txid FROM disputes WHERE txid > ? ORDER BY txid LIMIT ?")
              .bind(0, after)
              .bind(1, PAGE)
              .map((row, context) -> Txid.ofInternal(row.getBytes(1)))
              .list();
      for (Txid txid : page) {
        byte[] raw =
            handle
                .createQuery("SELECT raw FROM disputes WHERE txid = ?")
                .bind(0, txid.internal())
                .map((row, context) -> row.getBytes(1))
                .one();
        storeSpends(handle, txid, RawTransactions.inputs(raw));
        after = txid.internal();
      }
    } while (page.size() == PAGE);
  }

  /** Key and txids of a tracker. */
  private record Tracked(AppointmentKey key, Txid dispute, Txid penalty) {}

  private static void movePenalties(Handle handle) {
    Optional<AppointmentKey> after = Optional.empty();
    List<Tracked> page;
    do {
      page = trackers(handle, after);
      for (Tracked tracker : page) {
        movePenalty(handle, tracker);
        after = Optional.of(tracker.key());
      }
    } while (page.size() == PAGE);
  }

  private static List<Tracked> trackers(Handle handle, Optional<AppointmentKey> after) {
    return handle
        .createQuery(
            "SELECT locator, user_id, dispute_txid, penalty_txid FROM trackers"
                + " WHERE (locator, user_id) > (?, ?) ORDER BY locator, user_id LIMIT ?")
        .bind(0, after.map(key -> key.locator().bytes()).orElse(Queries.EMPTY_KEY))
        .bind(1, after.map(key -> key.user().bytes()).orElse(Queries.EMPTY_KEY))
        .bind(2, PAGE)
        .map(
            (row, context) ->
                new Tracked(
                    AppointmentsDBM.key(row),
                    Txid.ofInternal(row.getBytes(3)),
                    Txid.ofInternal(row.getBytes(4))))
        .list();
  }

  private static void movePenalty(Handle handle, Tracked tracker) {
    byte[] locator = tracker.key().locator().bytes();
    byte[] user = tracker.key().user().bytes();
    byte[] raw =
        handle
            .createQuery(
                "SELECT penalty_tx FROM trackers_with_transactions"
                    + " WHERE locator = ? AND user_id = ?")
            .bind(0, locator)
            .bind(1, user)
            .map((row, context) -> row.getBytes(1))
            .one();
    List<Outpoint> ofDispute = new ArrayList<>();
    List<Outpoint> others = new ArrayList<>();
    for (Outpoint input : RawTransactions.inputs(raw)) {
      (input.txid().equals(tracker.dispute()) ? ofDispute : others).add(input);
    }
    handle.execute(
        "INSERT INTO penalties (locator, user_id, dispute_outputs, raw) VALUES (?, ?, ?, ?)",
        locator,
        user,
        TransactionsDBM.indexes(ofDispute),
        raw);
    storeSpends(
        handle, tracker.penalty(), others.subList(0, Math.min(others.size(), MAX_OTHER_INPUTS)));
  }

  private static void storeSpends(Handle handle, Txid spender, List<Outpoint> outpoints) {
    for (Outpoint outpoint : outpoints) {
      handle.execute(
          "INSERT INTO outpoints (outpoint, spender) VALUES (?, ?)"
              + " ON CONFLICT (outpoint, spender) DO NOTHING",
          TransactionsDBM.bytes(outpoint),
          spender.internal());
    }
  }
}
