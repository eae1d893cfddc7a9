package teos.protocol;

import java.nio.charset.StandardCharsets;
import teos.protocol.MessageSignature.InvalidSignatureException;

/**
 * What the tower signs when it takes an appointment: with it, a user can show anyone that the tower
 * had promised to watch.
 *
 * @param userSignature the user's signature of the appointment, as sent
 * @param startBlock height from which the tower watches
 */
public record AppointmentReceipt(String userSignature, long startBlock) {

  /**
   * v1: {@code the 65 decoded bytes of the user's signature || start_block}; v2: {@code the user's
   * signature as ASCII text || start_block}. start_block is u32 BE.
   *
   * @throws IllegalArgumentException if {@code userSignature} is not a signature
   */
  public byte[] signedBytes(Dialect dialect) {
    byte[] start = Bytes.u32(startBlock);
    try {
      return switch (dialect) {
        case V1 -> Bytes.concat(MessageSignature.decode(userSignature), start);
        case V2 -> Bytes.concat(userSignature.getBytes(StandardCharsets.US_ASCII), start);
      };
    } catch (InvalidSignatureException e) {
      throw new IllegalArgumentException("not a signature: " + e.getMessage(), e);
    }
  }
}
