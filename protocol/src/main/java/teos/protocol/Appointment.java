package teos.protocol;

import java.util.Arrays;

/**
 * What a client hands to the tower: where to look, and what to do then.
 *
 * @param locator the first 16 bytes of the revoked commitment's txid
 * @param encryptedBlob the penalty transaction, encrypted under that txid (see {@link Blob})
 * @param toSelfDelay blocks that the cheater has to wait for their funds, as the commitment says;
 *     an unsigned 32-bit integer
 */
public record Appointment(Locator locator, byte[] encryptedBlob, long toSelfDelay) {

  /** Bytes of blob that one slot pays for: 4,096 hex digits. */
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

  /** Length of the blob in bytes. */
  public int blobLength() {
    return encryptedBlob.length;
  }

  /** What its user signs: {@code locator || encrypted_blob || to_self_delay (u32 BE)}. */
  public byte[] signedBytes() {
    return Bytes.concat(locator.raw(), encryptedBlob, Bytes.u32(toSelfDelay));
  }

  /** Slots of its user's subscription that it takes. */
  public int slots() {
    return slots(encryptedBlob.length);
  }

  /** Slots that an appointment with a blob of {@code blobLength} bytes takes: at least one. */
  public static int slots(int blobLength) {
    return Math.max(1, Math.ceilDiv(blobLength, BLOB_BYTES_PER_SLOT));
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
