package teos.tower.database;

import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * Write that many callers make at the same time and that costs less for a whole batch, such as one
 * query for all items.
 *
 * @param <I> item of one caller
 * @param <O> result for one item
 */
@FunctionalInterface
public interface BatchedWrite<I, O> {

  /**
   * Processes {@code items} in order, as if each had its own transaction. If this throws,
   * everything it did is rolled back and each item is tried alone.
   *
   * @return the result of each item, in the order of {@code items}
   */
  List<O> perform(Handle handle, List<I> items);
}
