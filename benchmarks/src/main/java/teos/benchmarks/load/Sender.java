package teos.benchmarks.load;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One connection's thread: takes the next request, waits until it is due, sends it, waits for the
 * answer, notes how long that took. Two system calls a request, and no allocation but the kept
 * answer's.
 */
final class Sender implements Runnable {

  /** Why a request whose time had come was not sent. */
  static final String UNSENT = "not sent: the tower was too far behind";

  private final LoadPlan plan;
  private final PreparedRequests requests;
  private final byte[][] receipts;
  private final AtomicInteger next;
  private final Schedule schedule;
  private final Window window;
  private final TowerConnection connection;
  private final Tally tally = new Tally();

  /**
   * @param receipts where the answers to add_appointment are kept, to be checked later
   * @param next the next request to be sent, shared by all
   */
  Sender(
      LoadPlan plan,
      PreparedRequests requests,
      byte[][] receipts,
      AtomicInteger next,
      Schedule schedule,
      Window window,
      TowerConnection connection) {
    this.plan = plan;
    this.requests = requests;
    this.receipts = receipts;
    this.next = next;
    this.schedule = schedule;
    this.window = window;
    this.connection = connection;
  }

  Tally tally() {
    return tally;
  }

  @Override
  public void run() {
    sendAll();
    tally.reconnected(Math.max(0, connection.opened() - 1));
  }

  private void sendAll() {
    int count = plan.requests();
    for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
      long free = System.nanoTime();
      long due = schedule.due(i, free);
      if (due - window.end() >= 0) {
        return;
      }
      boolean read = plan.readsAmong(i + 1) > plan.readsAmong(i);
      if (connection.isClosed()) {
        skip(read, due, free);
        continue;
      }
      Schedule.await(due);
      send(i, read, due, free);
    }
  }

  private void skip(boolean read, long due, long now) {
    if (window.contains(due)) {
      tally.failed(read, now - due, UNSENT);
    }
  }

  private void send(int i, boolean read, long due, long free) {
    long sent = System.nanoTime();
    String error = read ? get(plan.readsAmong(i)) : add(i - plan.readsAmong(i));
    long end = System.nanoTime();
    if (!window.counts(due, end)) {
      return;
    }
    tally.sentLate(sent - Math.max(due, free));
    if (error.isEmpty()) {
      tally.answered(read, end - due, end);
    } else {
      tally.failed(read, end - due, error);
    }
  }

  /** The answer is what was wrong, or nothing. */
  private String add(int index) {
    try {
      ReplyReader reply = connection.exchange(requests.adds()[index]);
      byte[] body = reply.body();
      if (reply.status() != 200) {
        return Tally.refusal(reply.status(), body);
      }
      receipts[index] = body;
      return "";
    } catch (IOException e) {
      return failure(e);
    }
  }

  private String get(int index) {
    PreparedRequests.Read read = requests.reads().get(index % requests.reads().size());
    try {
      ReplyReader reply = connection.exchange(read.request());
      if (reply.status() != 200) {
        return Tally.refusal(reply.status(), reply.body());
      }
      return reply.hasBody(read.expected()) ? "" : "another appointment than was asked for";
    } catch (IOException e) {
      return failure(e);
    }
  }

  private String failure(IOException e) {
    return connection.isClosed() ? "no answer in time" : String.valueOf(e.getMessage());
  }
}
