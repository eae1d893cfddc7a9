package teos.benchmarks.load;

import java.io.IOException;

/**
 * Open-loop sender, one thread per connection: takes the next request, waits until it is due, sends
 * it, waits for the response, and records the latency.
 */
final class OpenLoopSender implements Sender {

  /** Error of a request that was due but not sent. */
  static final String UNSENT = "not sent: the tower was too far behind";

  private final Workload work;
  private final TowerConnection connection;
  private final LoadStatistics statistics = new LoadStatistics();

  OpenLoopSender(Workload work, TowerConnection connection) {
    this.work = work;
    this.connection = connection;
  }

  @Override
  public LoadStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    connection.close();
  }

  @Override
  public void run() {
    sendAll();
    statistics.addReconnects(Math.max(0, connection.connects() - 1));
  }

  private void sendAll() {
    int count = work.plan().requests();
    for (int i = work.next().getAndIncrement(); i < count; i = work.next().getAndIncrement()) {
      long free = System.nanoTime();
      long due = work.schedule().due(i, free);
      if (due - work.window().end() >= 0) {
        return;
      }
      if (connection.isClosed()) {
        recordUnsent(i, due, free);
        continue;
      }
      Schedule.await(due);
      long sent = System.nanoTime();
      String error = send(i);
      work.recordRequest(statistics, i, due, free, sent, System.nanoTime(), error);
    }
  }

  private void recordUnsent(int i, long due, long now) {
    if (work.window().contains(due)) {
      statistics.recordFailure(work.isRead(i), now - due, UNSENT);
    }
  }

  /** Sends request {@code i}. Returns what was wrong, or an empty text. */
  private String send(int i) {
    try {
      return work.checkReply(i, connection.exchange(work.request(i)));
    } catch (IOException e) {
      return connection.isClosed() ? "no response in time" : String.valueOf(e.getMessage());
    }
  }
}
