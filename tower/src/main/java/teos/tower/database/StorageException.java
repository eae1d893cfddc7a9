package teos.tower.database;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The database did not do what was asked; nothing of it has been kept, unless a connection to a
 * server was lost within the commit: then nobody knows. Without a {@link StorageFault} it may well
 * do it the next time.
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

  /** What is wrong, if it does not pass by itself; the message says what to do. */
  public Optional<StorageFault> fault() {
    return Optional.ofNullable(fault);
  }

  /** Whether there is no use in trying again: the tower has to end. */
  public boolean isFatal() {
    return fault != null;
  }
}
