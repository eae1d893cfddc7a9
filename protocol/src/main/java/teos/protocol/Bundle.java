package teos.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several transactions for one dispute in one plaintext of a {@link Blob}: 8 bytes of magic number,
 * then members until the end. A member is a length (Bitcoin's CompactSize) and that many bytes of a
 * raw transaction.
 *
 * <p>The magic number cannot be confused with a transaction: read as a transaction's version, its
 * first four bytes are one that no node relays.
 */
public final class Bundle {

  /** Feature that towers which understand bundles list in their responses. */
  public static final String FEATURE = "bundles";

  /**
   * Bytes of the smallest transaction: version, one input without a script, one output without a
   * script, lock time.
   */
  public static final int MIN_MEMBER_LENGTH = 60;

  /** The byte 0xff, "bundle" in ASCII, and the format's version 1. */
  private static final byte[] MAGIC = {(byte) 0xff, 'b', 'u', 'n', 'd', 'l', 'e', 1};

  /** First bytes of CompactSize numbers that continue with 2, 4 and 8 bytes. */
  private static final int U16 = 0xfd;

  private static final int U32 = 0xfe;
  private static final int U64 = 0xff;

  private Bundle() {}

  /** Returns whether the plaintext of a blob is a bundle; otherwise it is a single transaction. */
  public static boolean isBundle(byte[] plaintext) {
    return plaintext.length >= MAGIC.length
        && Arrays.equals(plaintext, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /**
   * Returns the bundle of the raw transactions {@code members}, in their order.
   *
   * @throws IllegalArgumentException if there is no member, or one is shorter than {@link
   *     #MIN_MEMBER_LENGTH}
   */
  public static byte[] encode(List<byte[]> members) {
    if (members.isEmpty()) {
      throw new IllegalArgumentException("a bundle needs at least one transaction");
    }
    int length = MAGIC.length;
    for (byte[] member : members) {
      if (member.length < MIN_MEMBER_LENGTH) {
        throw new IllegalArgumentException(
            "a transaction has at least "
                + MIN_MEMBER_LENGTH
                + " bytes, but one of the bundle has "
                + member.length);
      }
      length =
          Math.addExact(length, Math.addExact(compactSizeLength(member.length), member.length));
    }
    ByteBuffer bundle = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).put(MAGIC);
    for (byte[] member : members) {
      putCompactSize(bundle, member.length);
      bundle.put(member);
    }
    return bundle.array();
  }

  /** Returns all members of a bundle, as {@link #decode(byte[], int)}. */
  public static List<byte[]> decode(byte[] bundle) {
    return decode(bundle, Integer.MAX_VALUE);
  }

  /**
   * Returns the first {@code maxMembers} members of a bundle, in their order. Bundles are
   * untrusted: members shorter than {@link #MIN_MEMBER_LENGTH} are skipped, and a member whose
   * length exceeds the rest of the bundle ends the reading. The other members are returned as they
   * are, and need not be transactions. Together they are never longer than the bundle.
   *
   * <p>Lengths that are not in CompactSize's shortest form are read as well.
   *
   * @return empty if the bytes are no bundle
   */
  public static List<byte[]> decode(byte[] bundle, int maxMembers) {
    List<byte[]> members = new ArrayList<>();
    if (!isBundle(bundle)) {
      return members;
    }
    ByteBuffer rest = ByteBuffer.wrap(bundle).order(ByteOrder.LITTLE_ENDIAN).position(MAGIC.length);
    while (members.size() < maxMembers && hasCompactSize(rest)) {
      long length = takeCompactSize(rest);
      if (Long.compareUnsigned(length, rest.remaining()) > 0) {
        break;
      }
      if (length >= MIN_MEMBER_LENGTH) {
        byte[] member = new byte[(int) length];
        rest.get(member);
        members.add(member);
      } else {
        rest.position(rest.position() + (int) length);
      }
    }
    return members;
  }

  private static int compactSizeLength(int value) {
    return value < U16 ? 1 : value <= 0xffff ? 3 : 5;
  }

  private static void putCompactSize(ByteBuffer target, int value) {
    switch (compactSizeLength(value)) {
      case 1 -> target.put((byte) value);
      case 3 -> target.put((byte) U16).putShort((short) value);
      default -> target.put((byte) U32).putInt(value);
    }
  }

  private static boolean hasCompactSize(ByteBuffer source) {
    if (!source.hasRemaining()) {
      return false;
    }
    int following =
        switch (Byte.toUnsignedInt(source.get(source.position()))) {
          case U16 -> Short.BYTES;
          case U32 -> Integer.BYTES;
          case U64 -> Long.BYTES;
          default -> 0;
        };
    return source.remaining() > following;
  }

  /** Returns the number as an unsigned 64-bit integer. */
  private static long takeCompactSize(ByteBuffer source) {
    int first = Byte.toUnsignedInt(source.get());
    return switch (first) {
      case U16 -> Short.toUnsignedLong(source.getShort());
      case U32 -> Integer.toUnsignedLong(source.getInt());
      case U64 -> source.getLong();
      default -> first;
    };
  }
}
