package teos.tower.database;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when the database has failed. The work was rolled back, unless a connection to a server
 * was lost during the commit: then the outcome is unknown. Without a {@link StorageFault}, retrying
 * may succeed.
 */
public final class StorageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final @Nullable StorageFault fault;

  public StorageException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.fault = null;
  }

  StorageException(StorageFault fault, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.fault = fault;
  }

  /** Returns the fault, if there is one that needs an operator; the message says what to do. */
  public Optional<StorageFault> fault() {
    return Optional.ofNullable(fault);
  }

  /** Returns whether retrying is useless, so that the tower has to stop. */
  public boolean isFatal() {
    return fault != null;
  }
}
