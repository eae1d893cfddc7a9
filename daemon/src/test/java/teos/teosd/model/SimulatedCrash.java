package teos.teosd.model;

/**
 * Simulated crash: ends every thread of a tower that calls bitcoind, because no part of the tower
 * catches it.
 */
final class SimulatedCrash extends Error {

  private static final long serialVersionUID = 1L;

  SimulatedCrash() {
    super("the tower has crashed (simulated)");
  }

  /**
   * Suppresses the stack traces of threads that end by a simulated crash, of which there are
   * hundreds. All other uncaught exceptions are still printed.
   */
  static void suppressStackTraces() {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> {
          if (e instanceof SimulatedCrash) {
            return;
          }
          if (before != null) {
            before.uncaughtException(thread, e);
          } else {
            System.err.println("thread " + thread.getName() + " ended:");
            e.printStackTrace();
          }
        });
  }
}
