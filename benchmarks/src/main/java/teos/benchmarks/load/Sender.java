package teos.benchmarks.load;

/** A thread that sends. */
interface Sender extends Runnable, AutoCloseable {

  /** What it has seen, when it has ended. */
  LoadStatistics tally();

  /** Ends it, though answers have not come. Any thread may. */
  @Override
  void close();
}
