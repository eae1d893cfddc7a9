package teos.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Human-oriented base-32 encoding (zbase32), in which Lightning nodes write message signatures:
 * five bits per character, most significant bit first, without padding.
 */
final class Zbase32 {

  private static final String ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769";
  private static final byte[] VALUES = new byte[128];

  static {
    Arrays.fill(VALUES, (byte) -1);
    for (int i = 0; i < ALPHABET.length(); i++) {
      VALUES[ALPHABET.charAt(i)] = (byte) i;
    }
  }

  private Zbase32() {}

  static String encode(byte[] bytes) {
    byte[] text = new byte[(bytes.length * 8 + 4) / 5];
    int buffer = 0;
    int bits = 0;
    int at = 0;
    for (byte b : bytes) {
      buffer = (buffer << 8) | (b & 0xff);
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text[at++] = (byte) ALPHABET.charAt((buffer >>> bits) & 31);
      }
    }
    if (bits > 0) {
      text[at] = (byte) ALPHABET.charAt((buffer << (5 - bits)) & 31);
    }
    return new String(text, StandardCharsets.US_ASCII);
  }

  /**
   * @throws IllegalArgumentException if {@code text} has a character outside the alphabet, or a bit
   *     is set after the last whole byte
   */
  static byte[] decode(String text) {
    byte[] bytes = new byte[text.length() * 5 / 8];
    int buffer = 0;
    int bits = 0;
    int at = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int value = c < VALUES.length ? VALUES[c] : -1;
      if (value < 0) {
        throw new IllegalArgumentException("not zbase32: character " + (i + 1));
      }
      buffer = (buffer << 5) | value;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = (byte) (buffer >>> bits);
      }
    }
    if ((buffer & ((1 << bits) - 1)) != 0) {
      throw new IllegalArgumentException("not zbase32: extra bits at the end");
    }
    return bytes;
  }
}
