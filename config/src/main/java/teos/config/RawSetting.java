package teos.config;

/**
 * Value of a setting as it was given, before it is checked.
 *
 * @param key as spelled in the source
 * @param shown the value as written in the source, for messages
 * @param value the value after quotes, escapes and references are resolved
 */
record RawSetting(String key, String shown, String value, Type type, Origin origin) {

  /** Type that the source itself declares for the value. */
  enum Type {
    /** The source has no types, only text. */
    UNTYPED,
    TEXT,
    WHOLE_NUMBER,
    TRUE_OR_FALSE,
    /** A fraction, a date or a list, which no setting allows. */
    OTHER
  }

  static RawSetting text(String key, String shown, String value, Origin origin) {
    return new RawSetting(key, '"' + shown + '"', value, Type.UNTYPED, origin);
  }

  /** Returns the error for an invalid value and shows it; only for settings that are not secret. */
  ConfigException error(String reason) {
    String line = key + " = " + shown.replaceAll("\\p{Cntrl}", "?");
    return new ConfigException(line + " (" + origin.describe() + "): " + reason);
  }

  /**
   * Returns the error for a value without showing it: one that is a secret or may contain one, or a
   * long one.
   */
  ConfigException errorWithoutValue(String reason) {
    return new ConfigException(describe() + ": " + reason);
  }

  /** Returns the key and its origin, for messages. */
  String describe() {
    return key + " (" + origin.describe() + ")";
  }
}
