package teos.client;

/** Thrown when the user is not registered with the tower. */
public final class NotRegisteredException extends Exception {

  private static final long serialVersionUID = 1L;

  NotRegisteredException(String message) {
    super(message);
  }
}
