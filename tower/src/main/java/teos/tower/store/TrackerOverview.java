package teos.tower.store;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;

/**
 * Numbers of trackers by the state of their penalty.
 *
 * @param count number of trackers in each stage
 * @param oldestUnconfirmed height of the lowest block with a dispute whose penalty is not in a
 *     block; empty if there is none
 */
public record TrackerOverview(Map<PenaltyStage, Long> count, OptionalInt oldestUnconfirmed) {

  public TrackerOverview {
    count = Map.copyOf(count);
  }

  /** Reads the overview within the caller's transaction. */
  public static TrackerOverview read(Handle handle) {
    Map<PenaltyStage, Long> count = new EnumMap<>(PenaltyStage.class);
    for (PenaltyStage stage : PenaltyStage.values()) {
      count.put(stage, 0L);
    }
    handle
        .createQuery("SELECT status, COUNT(*) AS trackers FROM trackers GROUP BY status")
        .map((row, context) -> Map.entry(row.getInt(1), row.getLong(2)))
        .forEach(found -> count.put(PenaltyStage.ofCode(found.getKey()), found.getValue()));
    OptionalInt oldest =
        handle
            .createQuery(
                "SELECT MIN(dispute_height) FROM trackers WHERE status" + TrackerRow.UNSETTLED)
            .map(
                (row, context) -> {
                  int height = row.getInt(1);
                  return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(height);
                })
            .one();
    return new TrackerOverview(count, oldest);
  }
}
