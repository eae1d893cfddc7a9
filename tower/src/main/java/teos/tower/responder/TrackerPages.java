package teos.tower.responder;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import teos.tower.database.Database;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerKey;

/**
 * Applies changes to any number of trackers, with one page of them in memory at a time. Changes
 * that fit into one page are one transaction; more take several, between which others can write.
 * All changes are idempotent, so that they can be repeated if the tower ends between two
 * transactions.
 */
final class TrackerPages {

  /** Trackers changed in one transaction, which takes some milliseconds. */
  static final int PAGE = 250;

  private TrackerPages() {}

  /** A change of all trackers that a query returns. */
  record Step(Source source, Effect effect) {}

  /** Reads a page of trackers, ordered by key. */
  @FunctionalInterface
  interface Source {
    List<Tracker> page(Handle handle, Optional<TrackerKey> after, int limit);
  }

  /** Changes a page of trackers. */
  @FunctionalInterface
  interface Effect {
    void apply(Handle handle, List<Tracker> page);
  }

  private record Position(List<Step> left, Optional<TrackerKey> after) {}

  /**
   * Applies steps one after the other.
   *
   * @param steps reads the steps, in the first transaction
   * @param end runs as a part of the last transaction
   */
  static void process(Database database, Function<Handle, List<Step>> steps, Consumer<Handle> end) {
    Position position =
        database.write(
            handle -> advance(handle, new Position(steps.apply(handle), Optional.empty()), end));
    while (!position.left.isEmpty()) {
      Position from = position;
      position = database.write(handle -> advance(handle, from, end));
    }
  }

  /** Continues until a page is used up; returns the new position. */
  private static Position advance(Handle handle, Position from, Consumer<Handle> end) {
    Optional<TrackerKey> after = from.after;
    int budget = PAGE;
    for (int i = 0; i < from.left.size(); i++) {
      Step step = from.left.get(i);
      List<Tracker> page = step.source.page(handle, after, budget);
      if (!page.isEmpty()) {
        step.effect.apply(handle, page);
      }
      if (page.size() == budget) {
        return new Position(
            from.left.subList(i, from.left.size()), Optional.of(page.getLast().trackerKey()));
      }
      budget -= page.size();
      after = Optional.empty();
    }
    end.accept(handle);
    return new Position(List.of(), Optional.empty());
  }
}
