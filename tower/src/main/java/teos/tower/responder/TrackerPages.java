package teos.tower.responder;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import teos.tower.database.Database;
import teos.tower.store.AppointmentKey;
import teos.tower.store.Tracker;

/**
 * Work on any number of trackers, of which a page is in memory at a time. What fits into one page
 * is one transaction; more takes several, between which others write. Work that is done again,
 * because the tower has ended in between, changes nothing.
 */
final class TrackerPages {

  /** Trackers that are changed in one transaction: some milliseconds' worth. */
  static final int PAGE = 250;

  private TrackerPages() {}

  /** What is to be done with all trackers that a query finds. */
  record Step(Source source, Effect effect) {}

  /** Finds trackers in the order of their keys. */
  @FunctionalInterface
  interface Source {
    List<Tracker> page(Handle handle, Optional<AppointmentKey> after, int limit);
  }

  /** Changes a page of trackers. */
  @FunctionalInterface
  interface Effect {
    void apply(Handle handle, List<Tracker> page);
  }

  private record Position(List<Step> left, Optional<AppointmentKey> after) {}

  /**
   * Takes the steps one after the other.
   *
   * @param steps reads which steps there are
   * @param end is a part of the last transaction
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

  /** Goes on until a page is used up, and says how far it has come. */
  private static Position advance(Handle handle, Position from, Consumer<Handle> end) {
    Optional<AppointmentKey> after = from.after;
    int budget = PAGE;
    for (int i = 0; i < from.left.size(); i++) {
      Step step = from.left.get(i);
      List<Tracker> page = step.source.page(handle, after, budget);
      if (!page.isEmpty()) {
        step.effect.apply(handle, page);
      }
      if (page.size() == budget) {
        return new Position(
            from.left.subList(i, from.left.size()), Optional.of(page.getLast().key()));
      }
      budget -= page.size();
      after = Optional.empty();
    }
    end.accept(handle);
    return new Position(List.of(), Optional.empty());
  }
}
