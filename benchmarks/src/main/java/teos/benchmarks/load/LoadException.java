package teos.benchmarks.load;

/** Thrown when a tower cannot be measured because it does not respond as the plan requires. */
final class LoadException extends Exception {

  private static final long serialVersionUID = 1L;

  LoadException(String message) {
    super(message);
  }
}
