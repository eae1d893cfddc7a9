package teos.client;

/** There is no registration with the tower that is spoken of. */
public final class NotRegisteredException extends Exception {

  private static final long serialVersionUID = 1L;

  NotRegisteredException(String message) {
    super(message);
  }
}
