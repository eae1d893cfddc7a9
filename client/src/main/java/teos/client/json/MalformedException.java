package teos.client.json;

/** Thrown for unexpected JSON. The message names the field and what was expected. */
public final class MalformedException extends Exception {

  private static final long serialVersionUID = 1L;

  public MalformedException(String message) {
    super(message);
  }
}
