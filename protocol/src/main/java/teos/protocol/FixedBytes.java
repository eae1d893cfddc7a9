package teos.protocol;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Immutable byte string whose length is fixed by its type, with equality, unsigned lexicographic
 * order and a hex form.
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

  /** Returns a copy of the bytes. */
  public final byte[] bytes() {
    return bytes.clone();
  }

  /** Returns the internal array, for code of this package that neither changes nor leaks it. */
  final byte[] raw() {
    return bytes;
  }

  /** Returns the lower-case hex of {@link #bytes}. */
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
