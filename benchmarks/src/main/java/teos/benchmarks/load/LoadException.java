package teos.benchmarks.load;

/** Thrown when a tower cannot be measured: it does not answer as the plan needs it to. */
final class LoadException extends Exception {

  private static final long serialVersionUID = 1L;

  LoadException(String message) {
    super(message);
  }
}
