package teos.benchmarks.load;

import java.io.IOException;

/**
 * One connection's thread, where requests have their times: takes the next one, waits until it is
 * due, sends it, waits for the answer, notes how long that took.
 */
final class OpenLoopSender implements Sender {

  /** Why a request whose time had come was not sent. */
  static final String UNSENT = "not sent: the tower was too far behind";

  private final Work work;
  private final TowerConnection connection;
  private final LoadStatistics tally = new LoadStatistics();

  OpenLoopSender(Work work, TowerConnection connection) {
    this.work = work;
    this.connection = connection;
  }

  @Override
  public LoadStatistics tally() {
    return tally;
  }

  @Override
  public void close() {
    connection.close();
  }

  @Override
  public void run() {
    sendAll();
    tally.reconnected(Math.max(0, connection.opened() - 1));
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
        skip(i, due, free);
        continue;
      }
      Schedule.await(due);
      long sent = System.nanoTime();
      String error = send(i);
      work.note(tally, i, due, free, sent, System.nanoTime(), error);
    }
  }

  private void skip(int i, long due, long now) {
    if (work.window().contains(due)) {
      tally.failed(work.isRead(i), now - due, UNSENT);
    }
  }

  /** The answer is what was wrong, or nothing. */
  private String send(int i) {
    try {
      return work.judge(i, connection.exchange(work.request(i)));
    } catch (IOException e) {
      return connection.isClosed() ? "no answer in time" : String.valueOf(e.getMessage());
    }
  }
}
