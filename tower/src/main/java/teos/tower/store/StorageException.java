package teos.tower.store;

/** The database did not do what was asked; nothing of it has been kept. */
public final class StorageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public StorageException(String message, Throwable cause) {
    super(message, cause);
  }
}
