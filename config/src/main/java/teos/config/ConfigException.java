package teos.config;

/**
 * A setting that the tower does not start with. The message is for the operator: it names the
 * setting, where it was given, and what is allowed, and never holds a password.
 */
public final class ConfigException extends Exception {

  ConfigException(String message) {
    super(message);
  }
}
