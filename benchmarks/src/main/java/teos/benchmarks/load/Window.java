package teos.benchmarks.load;

/**
 * When it counts. Times are {@link System#nanoTime}.
 *
 * @param start the end of the warm-up
 * @param end after which nothing more is sent
 * @param open whether a request belongs to it by the time it was due. It does by the time it was
 *     answered where requests follow answers: so many were answered in that time
 */
record Window(long start, long end, boolean open) {

  boolean contains(long time) {
    return time - start >= 0 && time - end < 0;
  }

  boolean counts(long due, long answered) {
    return contains(open ? due : answered);
  }
}
