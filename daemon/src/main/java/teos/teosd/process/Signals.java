package teos.teosd.process;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import sun.misc.Signal;
import teos.migration.CancellationToken;

/**
 * Handles the signals that stop the tower. A shutdown hook is not enough: the exit code would not
 * be 0, and it could not distinguish a second signal from the first.
 */
public final class Signals {

  private Signals() {}

  /**
   * Calls {@code first} with the name of the first INT or TERM, and {@code second} with the name of
   * one that arrives more than a second later. QUIT stays with the JVM, for thread dumps.
   */
  public static void handle(Consumer<String> first, Consumer<String> second) {
    SignalFilter filter = new SignalFilter(System::nanoTime);
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(
          new Signal(name),
          signal -> {
            switch (filter.received()) {
              case FIRST -> first.accept(signal.getName());
              case SECOND -> second.accept(signal.getName());
              case REPEATED -> {} // the first one is being handled
            }
          });
    }
  }

  /**
   * Returns a token that the first INT or TERM cancels; a second one ends the program immediately.
   */
  public static CancellationToken asCancellation() {
    AtomicBoolean cancelled = new AtomicBoolean();
    handle(
        first -> cancelled.set(true), second -> Runtime.getRuntime().halt(ExitCode.KILLED.code()));
    return cancelled::get;
  }
}
