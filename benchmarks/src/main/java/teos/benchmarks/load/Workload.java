package teos.benchmarks.load;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sequence of prepared requests that the senders share, and the check of the replies.
 *
 * @param receipts bodies of the replies to add_appointment, kept to be checked after the run
 * @param next index of the next request, shared by all senders
 */
record Workload(
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

  /** Stores the receipt if there is one. Returns what is wrong with the reply, or an empty text. */
  String checkReply(int i, ReplyReader reply) {
    if (reply.status() != 200) {
      return LoadStatistics.errorText(reply.status(), reply.body());
    }
    if (isRead(i)) {
      return reply.hasBody(read(i).expected())
          ? ""
          : "get_appointment returned another appointment";
    }
    receipts[add(i)] = reply.body();
    return "";
  }

  /**
   * Records a request that was sent, if the window includes it.
   *
   * @param due when it should have been sent
   * @param free when its connection was free to send it
   * @param error what was wrong, or an empty text
   */
  void recordRequest(
      LoadStatistics statistics, int i, long due, long free, long sent, long end, String error) {
    if (!window.includes(due, end)) {
      return;
    }
    statistics.recordSendDelay(sent - Math.max(due, free));
    if (error.isEmpty()) {
      statistics.recordSuccess(isRead(i), end - due, end);
    } else {
      statistics.recordFailure(isRead(i), end - due, error);
    }
  }
}
