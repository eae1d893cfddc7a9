package teos.config;

import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import teos.protocol.HostPort;

/** Values that a setting allows. */
sealed interface Rule {

  /** Largest unsigned 32-bit integer. */
  long U32_MAX = 0xffff_ffffL;

  static Rule host() {
    return new Host();
  }

  static Rule port() {
    return range("<port>", 1, HostPort.MAX_PORT);
  }

  /** Returns the rule for a whole number from 1 to 2^32 - 1. */
  static Rule atLeastOne(String label) {
    return range(label, 1, U32_MAX);
  }

  static Rule range(String label, long min, long max) {
    return range(label, min, max, "");
  }

  /**
   * Returns the rule for a whole number in a range.
   *
   * @param note meaning of a special value, for example {@code ", 0 for no limit"}; may be empty
   */
  static Rule range(String label, long min, long max, String note) {
    return new Whole(label, min, max, note);
  }

  static Rule onOff() {
    return new Switch();
  }

  static Rule words(String label, String... words) {
    return new OneOf(label, List.of(words));
  }

  /** Returns the rule for the path of a file, which must not be empty. */
  static Rule file() {
    return new FilePath(false);
  }

  /** Returns the rule for the path of a file, where empty text stands for not set. */
  static Rule optionalFile() {
    return new FilePath(true);
  }

  static Rule text(String label) {
    return new Text(label, "");
  }

  /** Returns the placeholder for a value in the help, such as {@code <port>}. */
  String label();

  /** Returns the allowed values, as the object of "expected". */
  String expected();

  boolean accepts(String text);

  /** Returns the type that the value must have in a file format with types. */
  default RawSetting.Type type() {
    return RawSetting.Type.TEXT;
  }

  /**
   * Whole number; underscores between digits are allowed.
   *
   * @param note added to the description of the range; may be empty
   */
  record Whole(String label, long min, long max, String note) implements Rule {

    private static final Pattern DIGITS = Pattern.compile("[+-]?[0-9]+(_[0-9]+)*");

    static long parse(String text) {
      return Long.parseLong(text.replace("_", ""));
    }

    @Override
    public String expected() {
      return "a whole number from " + min + " to " + max + note;
    }

    @Override
    public boolean accepts(String text) {
      if (!DIGITS.matcher(text).matches()) {
        return false;
      }
      BigInteger number = new BigInteger(text.replace("_", ""));
      return number.compareTo(BigInteger.valueOf(min)) >= 0
          && number.compareTo(BigInteger.valueOf(max)) <= 0;
    }

    @Override
    public RawSetting.Type type() {
      return RawSetting.Type.WHOLE_NUMBER;
    }
  }

  /** Boolean, in the words of Python's configparser. */
  record Switch() implements Rule {

    private static final List<String> ON = List.of("true", "yes", "on", "1");
    private static final List<String> OFF = List.of("false", "no", "off", "0");

    static boolean parse(String text) {
      return ON.contains(text.toLowerCase(Locale.ROOT));
    }

    @Override
    public String label() {
      return "";
    }

    @Override
    public String expected() {
      return "true or false";
    }

    @Override
    public boolean accepts(String text) {
      return parse(text) || OFF.contains(text.toLowerCase(Locale.ROOT));
    }

    @Override
    public RawSetting.Type type() {
      return RawSetting.Type.TRUE_OR_FALSE;
    }
  }

  /** Host name or IP address; IPv6 with or without brackets. */
  record Host() implements Rule {

    /** Returns the host without brackets. */
    static String parse(String text) {
      boolean isBracketed = text.startsWith("[") && text.endsWith("]") && text.contains(":");
      return isBracketed ? text.substring(1, text.length() - 1) : text;
    }

    @Override
    public String label() {
      return "<host>";
    }

    @Override
    public String expected() {
      return "a host name or an IP address, without scheme and port";
    }

    @Override
    public boolean accepts(String text) {
      return HostPort.isHost(parse(text));
    }
  }

  /** One of several words. */
  record OneOf(String label, List<String> words) implements Rule {
    @Override
    public String expected() {
      return words.size() == 1 ? words.getFirst() : "one of " + String.join(", ", words);
    }

    @Override
    public boolean accepts(String text) {
      return words.contains(text);
    }
  }

  /** Path of a file. */
  record FilePath(boolean mayBeEmpty) implements Rule {
    @Override
    public String label() {
      return "<file>";
    }

    @Override
    public String expected() {
      return "the path of a file";
    }

    @Override
    public boolean accepts(String text) {
      if (text.isBlank()) {
        return mayBeEmpty && text.isEmpty();
      }
      try {
        return Path.of(text).getNameCount() > 0;
      } catch (InvalidPathException e) {
        return false;
      }
    }
  }

  /** Text with a fixed prefix; empty text stands for not set. */
  record Prefixed(String label, String prefix) implements Rule {
    @Override
    public String expected() {
      return "text that begins with " + prefix;
    }

    @Override
    public boolean accepts(String text) {
      return text.isEmpty() || text.startsWith(prefix);
    }
  }

  /** Any text without the characters in {@code forbidden}; empty text stands for not set. */
  record Text(String label, String forbidden) implements Rule {
    @Override
    public String expected() {
      return forbidden.isEmpty() ? "text" : "text without \"" + forbidden + "\"";
    }

    @Override
    public boolean accepts(String text) {
      return text.chars().noneMatch(c -> forbidden.indexOf(c) >= 0);
    }
  }
}
