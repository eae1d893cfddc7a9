package teos.config;

/**
 * A value that somebody gave, not checked yet.
 *
 * @param key as spelled there
 * @param shown as given there, for messages
 * @param value what it stands for
 */
record RawSetting(String key, String shown, String value, Type type, Origin origin) {

  /** What the source itself says that the value is. */
  enum Type {
    /** The source knows text only. */
    UNTYPED,
    TEXT,
    WHOLE_NUMBER,
    TRUE_OR_FALSE,
    /** A fraction, a date, a list: no setting is one. */
    OTHER
  }

  static RawSetting text(String key, String shown, String value, Origin origin) {
    return new RawSetting(key, '"' + shown + '"', value, Type.UNTYPED, origin);
  }

  /** Refuses the value, and shows it. For settings that are not secret. */
  ConfigException refuse(String why) {
    String line = key + " = " + shown.replaceAll("\\p{Cntrl}", "?");
    return new ConfigException(line + " (" + origin.describe() + "): " + why);
  }

  /** Refuses the value without showing it: it is a secret, or may hold one. */
  ConfigException refuseUnseen(String why) {
    return new ConfigException(key + " (" + origin.describe() + "): " + why);
  }
}
