package teos.protocol;

/**
 * ECDSA signature with the number from which its public key is recovered.
 *
 * @param rs {@code r || s}, 64 bytes, each number big-endian
 * @param recoveryId 0 to 3
 */
public record RecoverableSignature(byte[] rs, int recoveryId) {

  private static final int RS_LENGTH = 64;

  /**
   * @throws IllegalArgumentException if {@code rs} is not 64 bytes or {@code recoveryId} is not
   *     from 0 to 3
   */
  public RecoverableSignature {
    if (rs.length != RS_LENGTH) {
      throw new IllegalArgumentException("r and s have 64 bytes, not " + rs.length);
    }
    if (recoveryId < 0 || recoveryId > 3) {
      throw new IllegalArgumentException("a recovery id is from 0 to 3, not " + recoveryId);
    }
    rs = rs.clone();
  }

  /** Returns a copy of the 64 bytes. */
  @Override
  public byte[] rs() {
    return rs.clone();
  }
}
