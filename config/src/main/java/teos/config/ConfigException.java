package teos.config;

/**
 * Reports an invalid configuration. The message is for the operator: it names the setting, where it
 * is set and what is allowed, and never contains a password.
 */
public final class ConfigException extends Exception {

  ConfigException(String message) {
    super(message);
  }
}
