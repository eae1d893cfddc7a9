package teos.config;

import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import teos.protocol.HostPort;

/** Which values a setting takes. */
sealed interface Rule {

  /** For the end of "expected ...". */
  String allowed();

  boolean accepts(String text);

  /** What a file that knows types must give it as. */
  default RawSetting.Type type() {
    return RawSetting.Type.TEXT;
  }

  /**
   * A whole number, underscores between digits allowed.
   *
   * @param note what else is to be known; may be empty
   */
  record Whole(long min, long max, String note) implements Rule {

    private static final Pattern DIGITS = Pattern.compile("[+-]?[0-9]+(_[0-9]+)*");

    Whole(long min, long max) {
      this(min, max, "");
    }

    static long parse(String text) {
      return Long.parseLong(text.replace("_", ""));
    }

    @Override
    public String allowed() {
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

  /** Yes or no, in the words of Python's configparser. */
  record Switch() implements Rule {

    private static final List<String> ON = List.of("true", "yes", "on", "1");
    private static final List<String> OFF = List.of("false", "no", "off", "0");

    static boolean parse(String text) {
      return ON.contains(text.toLowerCase(Locale.ROOT));
    }

    @Override
    public String allowed() {
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

  /** A host name or IP address; IPv6 with or without brackets. */
  record Host() implements Rule {

    /** The host without brackets. */
    static String parse(String text) {
      boolean isBracketed = text.startsWith("[") && text.endsWith("]") && text.contains(":");
      return isBracketed ? text.substring(1, text.length() - 1) : text;
    }

    @Override
    public String allowed() {
      return "a host name or an IP address, without scheme and port";
    }

    @Override
    public boolean accepts(String text) {
      return HostPort.isHost(parse(text));
    }
  }

  /** One of a few words. */
  record OneOf(List<String> words) implements Rule {
    @Override
    public String allowed() {
      return words.size() == 1 ? words.getFirst() : "one of " + String.join(", ", words);
    }

    @Override
    public boolean accepts(String text) {
      return words.contains(text);
    }
  }

  /** The path of a file. */
  record FilePath(boolean mayBeEmpty) implements Rule {
    @Override
    public String allowed() {
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

  /** Text that begins in one way; empty stands for not given. */
  record Prefixed(String prefix) implements Rule {
    @Override
    public String allowed() {
      return "text that begins with " + prefix;
    }

    @Override
    public boolean accepts(String text) {
      return text.isEmpty() || text.startsWith(prefix);
    }
  }

  /** Any text without the characters in {@code barred}; empty stands for not given. */
  record Text(String barred) implements Rule {
    @Override
    public String allowed() {
      return barred.isEmpty() ? "text" : "text without \"" + barred + "\"";
    }

    @Override
    public boolean accepts(String text) {
      return text.chars().noneMatch(c -> barred.indexOf(c) >= 0);
    }
  }
}
