package teos.tower.store;

import fr.acinq.bitcoin.Crypto;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;

/**
 * Earlier versions of one appointment, oldest first: those that were replaced or deleted. At most
 * {@value #MAX} are kept. A version is identified by the r of its user's signature.
 */
public final class AppointmentVersions {

  /** No versions. */
  public static final AppointmentVersions NONE = new AppointmentVersions(new byte[0]);

  private static final int MAX = 32;
  private static final int ID_BYTES = 16;
  private static final int ENTRY_BYTES = ID_BYTES + Integer.BYTES;

  private final byte[] entries;

  AppointmentVersions(byte[] entries) {
    this.entries = entries;
  }

  byte[] toBytes() {
    return entries;
  }

  public boolean isEmpty() {
    return entries.length == 0;
  }

  /** Returns these versions and a newer one. */
  public AppointmentVersions with(String signature, long startBlock) {
    int from = Math.max(0, entries.length + ENTRY_BYTES - MAX * ENTRY_BYTES);
    return new AppointmentVersions(
        ByteBuffer.allocate(entries.length - from + ENTRY_BYTES)
            .put(entries, from, entries.length - from)
            .put(id(signature))
            .putInt((int) startBlock)
            .array());
  }

  /** Returns the start block of the version with {@code signature}; empty if there is none. */
  public OptionalLong startBlock(String signature) {
    byte[] id = id(signature);
    for (int at = entries.length - ENTRY_BYTES; at >= 0; at -= ENTRY_BYTES) {
      if (Arrays.equals(entries, at, at + ID_BYTES, id, 0, ID_BYTES)) {
        return OptionalLong.of(startBlockAt(at));
      }
    }
    return OptionalLong.empty();
  }

  /** Returns whether the newest version has {@code signature}. */
  public boolean isNewest(String signature) {
    int at = entries.length - ENTRY_BYTES;
    return at >= 0 && Arrays.equals(entries, at, at + ID_BYTES, id(signature), 0, ID_BYTES);
  }

  /** Returns the start block of the newest version; -1 if there is none. */
  public long newestStartBlock() {
    return isEmpty() ? -1 : startBlockAt(entries.length - ENTRY_BYTES);
  }

  private long startBlockAt(int at) {
    return Integer.toUnsignedLong(ByteBuffer.wrap(entries, at + ID_BYTES, Integer.BYTES).getInt());
  }

  /** Returns whether both signatures identify the same version. */
  public static boolean same(String signature, String other) {
    return signature.equals(other) || Arrays.equals(id(signature), id(other));
  }

  private static byte[] id(String signature) {
    try {
      return Arrays.copyOf(MessageSignature.r(signature), ID_BYTES);
    } catch (InvalidSignatureException e) {
      // Only imported appointments, whose signatures were not checked.
      return Arrays.copyOf(Crypto.sha256(signature.getBytes(StandardCharsets.UTF_8)), ID_BYTES);
    }
  }
}
