package teos.migration;

import org.jspecify.annotations.Nullable;

/** An import, a backup or a restore that failed; the message says why, and what to do. */
public final class MigrationException extends Exception {

  private static final long serialVersionUID = 1L;

  /** The cause, by the part that is at fault. */
  public enum Kind {
    /** The source is missing, incomplete or not recognized. */
    SOURCE,
    /** The target already contains another tower or file. */
    TARGET,
    /** bitcoind does not know the chain that the other tower has seen. */
    CHAIN,
    /** bitcoind has pruned blocks that the import needs. */
    PRUNED,
    /** The operator stopped the migration; repeating the command continues it. */
    INTERRUPTED
  }

  private final Kind kind;

  public MigrationException(Kind kind, String message) {
    this(kind, message, null);
  }

  public MigrationException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
