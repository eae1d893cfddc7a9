package teos.teosd;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import sun.misc.Signal;
import teos.moving.Interruption;

/**
 * The signals that end the tower. A shutdown hook would not do: the exit code would not be 0, and a
 * second signal could not be told from the first.
 */
final class Signals {

  private Signals() {}

  /** Has {@code handler} called with the name of each INT and TERM. QUIT stays the JVM's own. */
  static void handle(Consumer<String> handler) {
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(new Signal(name), signal -> handler.accept(signal.getName()));
    }
  }

  /** Has the first INT or TERM wanted as an interruption; the second one ends the program at once. */
  static Interruption asInterruption() {
    AtomicBoolean wanted = new AtomicBoolean();
    handle(
        signal -> {
          if (wanted.getAndSet(true)) {
            Runtime.getRuntime().halt(ExitCode.KILLED.code());
          }
        });
    return wanted::get;
  }
}
