package teos.teosd.process;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import sun.misc.Signal;
import teos.migration.CancellationToken;

/**
 * The signals that end the tower. A shutdown hook would not do: the exit code would not be 0, and a
 * second signal could not be told from the first.
 */
public final class Signals {

  private Signals() {}

  /**
   * Calls {@code first} with the name of the first INT or TERM, and {@code second} with that of one
   * that comes more than a second later. QUIT stays the JVM's own.
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
              case REPEATED -> {} // it is being done
            }
          });
    }
  }

  /** Has the first INT or TERM wanted as an interruption; a second one ends the program at once. */
  public static CancellationToken asInterruption() {
    AtomicBoolean wanted = new AtomicBoolean();
    handle(first -> wanted.set(true), second -> Runtime.getRuntime().halt(ExitCode.KILLED.code()));
    return wanted::get;
  }
}
