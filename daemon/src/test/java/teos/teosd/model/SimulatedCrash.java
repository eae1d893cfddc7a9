package teos.teosd.model;

/** Ends each thread of a tower that it meets: no part of the tower catches it. */
final class SimulatedCrash extends Error {

  private static final long serialVersionUID = 1L;

  SimulatedCrash() {
    super("the tower has crashed (simulated)");
  }

  /**
   * Has the threads that end by it end in silence, for they do so by the hundred. All else that
   * ends a thread is told as ever.
   */
  static void endThreadsInSilence() {
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
