package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

  static final int STANDBY = PenaltyStage.STANDBY.code();
  static final int SUPERSEDED = PenaltyStage.SUPERSEDED.code();
  static final int AWAITING_PARENT = PenaltyStage.AWAITING_PARENT.code();

  /**
   * Stages of trackers that respond to a dispute, as users see it; see {@link Tracker#isAnswering}.
   */
  static final String ANSWERING = in(PENDING, IN_MEMPOOL, REFUSED, CONFIRMED, OUTSPENT);

  /** Stages of penalties that have been broadcast, or must be, and are not in a block. */
  static final String UNSETTLED = in(PENDING, IN_MEMPOOL, REFUSED, DISPUTE_MISSING);

  /** Stages of penalties that are in a block, outspent or superseded. */
  static final String SETTLED = in(CONFIRMED, OUTSPENT, SUPERSEDED);

  /** Stages of penalties that are sent when they are due, without a choice among alternatives. */
  static final String CHOSEN = in(PENDING, IN_MEMPOOL);

  /** Stages of alternatives among which one is chosen, or has been. */
  static final String CHOOSABLE = in(PENDING, IN_MEMPOOL, REFUSED, DISPUTE_MISSING, STANDBY);

  /** Stages of penalties that are abandoned when the user is purged. */
  static final String ABANDONED_AT_EXPIRY = in(REFUSED, DISPUTE_MISSING);

  /** Stages that keep all penalties of an appointment from being abandoned. */
  static final String KEPT_AT_EXPIRY = in(PENDING, IN_MEMPOOL, CONFIRMED, OUTSPENT);

  /**
   * Stages of penalties in a bundle that bitcoind does not have, of which one may never confirm.
   */
  static final String WAITING = in(REFUSED, DISPUTE_MISSING, STANDBY);

  static final String COLUMNS =
      "locator, user_id, member, slots, dispute_txid, dispute_height, penalty_txid, status,"
          + " status_height, status_reason, refusals, retry_height, conflict_txid, self_delay,"
          + " fee_rate, shared_outputs, parent_txid, parent_height";
  static final int COLUMN_COUNT = (int) COLUMNS.chars().filter(mark -> mark == ',').count() + 1;
  static final String SELECT = "SELECT " + COLUMNS + " FROM trackers";

  private TrackerRow() {}

  private static String in(int... stages) {
    return IntStream.of(stages)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", " IN (", ")"));
  }

  /** Maps the columns {@code locator}, {@code user_id} and {@code member}. */
  static TrackerKey key(ResultSet row) throws SQLException {
    return new TrackerKey(
        new Locator(row.getBytes("locator")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getInt("member"));
  }

  static Tracker tracker(ResultSet row, StatementContext context) throws SQLException {
    byte[] conflict = row.getBytes("conflict_txid");
    return new Tracker(
        new Locator(row.getBytes("locator")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getInt("slots"),
        Txid.ofInternal(row.getBytes("dispute_txid")),
        height(row, "dispute_height"),
        penalty(row),
        status(row),
        new Retry(
            row.getInt("refusals"),
            height(row, "retry_height"),
            Optional.ofNullable(conflict).map(Txid::ofInternal)));
  }

  private static Penalty penalty(ResultSet row) throws SQLException {
    long feeRate = row.getLong("fee_rate");
    OptionalLong known = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(feeRate);
    byte[] parent = row.getBytes("parent_txid");
    OptionalInt parentHeight = height(row, "parent_height");
    return new Penalty(
        Txid.ofInternal(row.getBytes("penalty_txid")),
        row.getInt("member"),
        known,
        row.getLong("self_delay"),
        SharedOutputs.ofBytes(row.getBytes("shared_outputs")),
        Optional.ofNullable(parent)
            .map(txid -> new Penalty.Parent(Txid.ofInternal(txid), parentHeight)));
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
