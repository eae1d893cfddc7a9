package teos.protocol;

import java.nio.charset.StandardCharsets;
import teos.protocol.MessageSignature.InvalidSignatureException;

/**
 * Receipt for an appointment. Signed by the tower, it proves to anyone that the tower has promised
 * to watch.
 *
 * @param userSignature the user's signature of the appointment, as sent: 104 characters of zbase32
 * @param startBlock height of the first block that the tower watches, unsigned 32-bit integer
 */
public record AppointmentReceipt(String userSignature, long startBlock) {

  /**
   * Returns the message that the tower signs, with start_block as u32 BE. v1: {@code user_signature
   * (65 decoded bytes) || start_block}; v2: {@code user_signature (104 bytes of ASCII) ||
   * start_block}.
   *
   * @throws IllegalArgumentException if {@code userSignature} is not a signature, or {@code
   *     startBlock} not an unsigned 32-bit integer
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
