package teos.migration;

/** Whether somebody wants it to end, such as by Ctrl-C. */
@FunctionalInterface
public interface Interruption {

  boolean isWanted();

  /**
   * Ends the work here if that has been asked for.
   *
   * @throws MovingException if it is to end; whatever was written is on disk
   */
  default void check() throws MovingException {
    if (isWanted()) {
      throw new MovingException(MovingException.Kind.INTERRUPTED, "interrupted");
    }
  }
}
