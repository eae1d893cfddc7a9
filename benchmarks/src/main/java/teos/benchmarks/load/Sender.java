package teos.benchmarks.load;

/** Thread that sends the requests of a load run. */
interface Sender extends Runnable, AutoCloseable {

  /** Returns the statistics, once the thread has ended. */
  LoadStatistics statistics();

  /** Stops the thread without waiting for outstanding responses. Any thread may call this. */
  @Override
  void close();
}
