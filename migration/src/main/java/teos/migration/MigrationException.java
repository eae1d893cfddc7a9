package teos.migration;

import org.jspecify.annotations.Nullable;

/** Nothing could be moved, or not all of it; the message says why, and what to do. */
public final class MigrationException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Where the fault is. */
  public enum Kind {
    /** What is to be moved is not there, not whole or not understood. */
    SOURCE,
    /** Where it is to go, there is something else. */
    TARGET,
    /** bitcoind does not know the chain that the other tower has seen. */
    CHAIN,
    /** bitcoind has pruned blocks that are needed. */
    PRUNED,
    /** It was told to stop; it goes on when it is started again. */
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
