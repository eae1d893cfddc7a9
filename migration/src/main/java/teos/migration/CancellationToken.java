package teos.migration;

/** Tells a migration whether the operator has asked it to stop, for example with Ctrl-C. */
@FunctionalInterface
public interface CancellationToken {

  /** Returns whether the migration must stop. */
  boolean isRequested();

  /**
   * Stops the migration if that has been requested.
   *
   * @throws MigrationException of kind {@code INTERRUPTED}; everything written so far is on disk
   */
  default void check() throws MigrationException {
    if (isRequested()) {
      throw new MigrationException(MigrationException.Kind.INTERRUPTED, "interrupted");
    }
  }
}
