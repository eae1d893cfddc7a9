package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jdbi.v3.core.statement.StatementContext;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Columns of the table of trackers, conditions on its column {@code status}, and the mapping of
 * rows.
 */
final class TrackerRow {

  static final int PENDING = PenaltyStage.PENDING.code();
  static final int IN_MEMPOOL = PenaltyStage.IN_MEMPOOL.code();
  static final int REFUSED = PenaltyStage.REFUSED.code();
  static final int CONFIRMED = PenaltyStage.CONFIRMED.code();
  static final int DISPUTE_MISSING = PenaltyStage.DISPUTE_MISSING.code();
  static final int OUTSPENT = PenaltyStage.OUTSPENT.code();
  static final int COMPLETE = PenaltyStage.COMPLETE.code();

  /** Stages of trackers that respond to a dispute, as users see it. */
  static final String ANSWERING = " NOT IN (" + DISPUTE_MISSING + ", " + COMPLETE + ")";

  /** Stages of penalties that are not in a block and not outspent. */
  static final String UNSETTLED =
      " IN (" + PENDING + ", " + IN_MEMPOOL + ", " + REFUSED + ", " + DISPUTE_MISSING + ")";

  /** Stages of penalties that are in a block or outspent. */
  static final String SETTLED = " IN (" + CONFIRMED + ", " + OUTSPENT + ")";

  /** Stages of penalties that are abandoned when the user is purged. */
  static final String ABANDONED_AT_EXPIRY = " IN (" + REFUSED + ", " + DISPUTE_MISSING + ")";

  static final String COLUMNS =
      "locator, user_id, slots, dispute_txid, dispute_height, penalty_txid, status, status_height,"
          + " status_reason, refusals, retry_height, conflict_txid";
  static final String SELECT = "SELECT " + COLUMNS + " FROM trackers";

  private TrackerRow() {}

  static Tracker tracker(ResultSet row, StatementContext context) throws SQLException {
    byte[] conflict = row.getBytes("conflict_txid");
    return new Tracker(
        new Locator(row.getBytes("locator")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getInt("slots"),
        Txid.ofInternal(row.getBytes("dispute_txid")),
        height(row, "dispute_height"),
        Txid.ofInternal(row.getBytes("penalty_txid")),
        status(row),
        new Retry(
            row.getInt("refusals"),
            height(row, "retry_height"),
            Optional.ofNullable(conflict).map(Txid::ofInternal)));
  }

  private static OptionalInt height(ResultSet row, String column) throws SQLException {
    int height = row.getInt(column);
    return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(height);
  }

  private static PenaltyStatus status(ResultSet row) throws SQLException {
    return PenaltyStage.ofCode(row.getInt("status"))
        .status(row.getInt("status_height"), row.getString("status_reason"));
  }
}
