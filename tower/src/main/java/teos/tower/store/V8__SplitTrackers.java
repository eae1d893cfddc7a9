package teos.tower.store;

import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import teos.protocol.Txid;
import teos.tower.database.Database;

/**
 * Migration that moves raw transactions out of the table of trackers, stores the dispute of many
 * trackers once, and stores the outputs that transactions spend. Txids are in internal order.
 *
 * <p>It is not plain SQL because transactions have to be parsed. One of them is in memory at a
 * time.
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

  private final TransactionsDBM transactions = new TransactionsDBM();
  private final TrackersDBM trackers = new TrackersDBM();

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

  private void storeSpendsOfDisputes(Handle handle) {
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
        transactions
            .dispute(handle, txid)
            .ifPresent(raw -> transactions.storeDisputeSpends(handle, txid, raw));
        after = txid.internal();
      }
    } while (page.size() == PAGE);
  }

  private void movePenalties(Handle handle) {
    Optional<AppointmentKey> after = Optional.empty();
    List<Tracker> page;
    do {
      page = trackers.all(handle, after, PAGE);
      for (Tracker tracker : page) {
        byte[] raw =
            handle
                .createQuery(
                    "SELECT penalty_tx FROM trackers_with_transactions"
                        + " WHERE locator = ? AND user_id = ?")
                .bind(0, tracker.locator().bytes())
                .bind(1, tracker.user().bytes())
                .map((row, context) -> row.getBytes(1))
                .one();
        transactions.storePenalty(handle, tracker, raw);
        after = Optional.of(tracker.key());
      }
    } while (page.size() == PAGE);
  }
}
