package teos.benchmarks.load;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What is to be sent, one request after the other, and what is to be thought of the answers.
 *
 * @param receipts where the answers to add_appointment are kept, to be checked later
 * @param next the next request to be sent, shared by all
 */
record Work(
    LoadPlan plan,
    PreparedRequests requests,
    byte[][] receipts,
    AtomicInteger next,
    Schedule schedule,
    Window window) {

  boolean isRead(int i) {
    return plan.readsAmong(i + 1) > plan.readsAmong(i);
  }

  byte[] request(int i) {
    return isRead(i) ? read(i).request() : requests.adds()[add(i)];
  }

  private int add(int i) {
    return i - plan.readsAmong(i);
  }

  private PreparedRequests.Read read(int i) {
    return requests.reads().get(plan.readsAmong(i) % requests.reads().size());
  }

  /** Keeps what has to be kept of the answer; what is wrong with it, or nothing. */
  String judge(int i, ReplyReader reply) {
    if (reply.status() != 200) {
      return LoadStatistics.refusal(reply.status(), reply.body());
    }
    if (isRead(i)) {
      return reply.hasBody(read(i).expected()) ? "" : "another appointment than was asked for";
    }
    receipts[add(i)] = reply.body();
    return "";
  }

  /**
   * Notes a request that has been sent, if it counts.
   *
   * @param due when it should have been sent
   * @param free when its connection could have sent it
   * @param error what was wrong, or nothing
   */
  void note(LoadStatistics tally, int i, long due, long free, long sent, long end, String error) {
    if (!window.counts(due, end)) {
      return;
    }
    tally.sentLate(sent - Math.max(due, free));
    if (error.isEmpty()) {
      tally.answered(isRead(i), end - due, end);
    } else {
      tally.failed(isRead(i), end - due, error);
    }
  }
}
