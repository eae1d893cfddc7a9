package teos.protocol;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An immutable byte string of a length that its type fixes, with the equality, the order and the
 * hex form that a key in a map or a database needs.
 */
public abstract sealed class FixedBytes implements Comparable<FixedBytes>
    permits AppointmentUuid, Locator, PublicKey, Txid {

  private final byte[] bytes;

  /**
   * @throws IllegalArgumentException if {@code bytes} is not {@code length} bytes long
   */
  FixedBytes(byte[] bytes, int length, String name) {
    if (bytes.length != length) {
      throw new IllegalArgumentException(
          "a " + name + " is " + length + " bytes, not " + bytes.length);
    }
    this.bytes = bytes.clone();
  }

  /** A copy of the bytes. */
  public final byte[] bytes() {
    return bytes.clone();
  }

  /** The bytes themselves, for code in this package that does not let them out. */
  final byte[] raw() {
    return bytes;
  }

  /** Lower-case hex of the bytes, in the order in which they are stored. */
  public final String toHex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public final int compareTo(FixedBytes other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  @SuppressWarnings("EqualsGetClass") // a locator and a txid with the same bytes are not equal
  public final boolean equals(@Nullable Object other) {
    return other != null
        && getClass() == other.getClass()
        && Arrays.equals(bytes, ((FixedBytes) other).bytes);
  }

  @Override
  public final int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return toHex();
  }
}
