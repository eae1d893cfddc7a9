package teos.tower.database;

import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * Work of which much comes at the same time, and which costs less done together: one query for
 * many.
 *
 * @param <I> what is to be dealt with
 * @param <O> what came of it
 */
@FunctionalInterface
public interface BatchedWrite<I, O> {

  /**
   * Deals with {@code items}, in their order, as if one came after the other. If this throws, all
   * that it did is undone, and each is tried alone.
   *
   * @return for each of them what came of it
   */
  List<O> perform(Handle handle, List<I> items);
}
