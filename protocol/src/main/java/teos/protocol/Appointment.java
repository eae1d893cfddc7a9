package teos.protocol;

import java.util.Arrays;

/**
 * Request of a client to watch for a revoked commitment transaction, with the penalty that answers
 * it.
 *
 * @param locator the first 16 bytes of the commitment's txid, in the {@link Dialect}'s byte order
 * @param encryptedBlob the penalty transaction, encrypted under that txid (see {@link Blob})
 * @param toSelfDelay the commitment's to_self_delay, after which the cheater can spend: blocks,
 *     unsigned 32-bit integer
 */
public record Appointment(Locator locator, byte[] encryptedBlob, long toSelfDelay) {

  /** Bytes of a blob that one slot covers: 4,096 hex digits. */
  public static final int BLOB_BYTES_PER_SLOT = 2048;

  /**
   * @throws IllegalArgumentException if {@code toSelfDelay} is not an unsigned 32-bit integer
   */
  public Appointment {
    Bytes.u32(toSelfDelay);
    encryptedBlob = encryptedBlob.clone();
  }

  @Override
  public byte[] encryptedBlob() {
    return encryptedBlob.clone();
  }

  /** Returns the length of the blob in bytes. */
  public int blobLength() {
    return encryptedBlob.length;
  }

  /**
   * Returns the message that the user signs: {@code locator (16) || encrypted_blob || to_self_delay
   * (u32 BE)}.
   */
  public byte[] signedBytes() {
    return Bytes.concat(locator.raw(), encryptedBlob, Bytes.u32(toSelfDelay));
  }

  /** Returns the number of slots that this appointment takes. */
  public int slots() {
    return slots(encryptedBlob.length);
  }

  /** Returns the slots of an appointment with a blob of {@code blobLength} bytes: at least one. */
  public static int slots(int blobLength) {
    return Math.max(1, (blobLength + BLOB_BYTES_PER_SLOT - 1) / BLOB_BYTES_PER_SLOT);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Appointment that
        && locator.equals(that.locator)
        && toSelfDelay == that.toSelfDelay
        && Arrays.equals(encryptedBlob, that.encryptedBlob);
  }

  @Override
  public int hashCode() {
    return 31 * locator.hashCode() + Arrays.hashCode(encryptedBlob);
  }

  @Override
  public String toString() {
    return "Appointment[" + locator + ", " + encryptedBlob.length + " bytes, " + toSelfDelay + "]";
  }
}
