package teos.client.evidence;

import java.util.Locale;
import teos.protocol.Dialect;

/** Text form of a dialect: {@code v1} or {@code v2}. */
public final class DialectText {

  private DialectText() {}

  /** Returns {@code v1} or {@code v2}. */
  public static String of(Dialect dialect) {
    return dialect.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Parses {@code v1} or {@code v2}.
   *
   * @throws IllegalArgumentException if {@code text} is neither
   */
  public static Dialect parse(String text) {
    return switch (text) {
      case "v1" -> Dialect.V1;
      case "v2" -> Dialect.V2;
      default -> throw new IllegalArgumentException("v1 or v2 is expected, not '" + text + "'");
    };
  }
}
