package teos.benchmarks.load;

/**
 * Time window of the requests that count. Times are {@link System#nanoTime}.
 *
 * @param start the end of the warm-up
 * @param end time after which nothing more is sent
 * @param openLoop whether the due time of a request decides (open loop) or the time of its response
 *     (closed loop), so that throughput is the number of responses in the window
 */
record Window(long start, long end, boolean openLoop) {

  boolean contains(long time) {
    return time - start >= 0 && time - end < 0;
  }

  boolean includes(long due, long answered) {
    return contains(openLoop ? due : answered);
  }
}
