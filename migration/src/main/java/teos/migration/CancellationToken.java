package teos.migration;

/** Whether somebody wants it to end, such as by Ctrl-C. */
@FunctionalInterface
public interface CancellationToken {

  boolean isWanted();

  /**
   * Ends the work here if that has been asked for.
   *
   * @throws MigrationException if it is to end; whatever was written is on disk
   */
  default void check() throws MigrationException {
    if (isWanted()) {
      throw new MigrationException(MigrationException.Kind.INTERRUPTED, "interrupted");
    }
  }
}
