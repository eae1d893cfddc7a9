package teos.client.evidence;

import java.util.Optional;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;

/** Who signed. */
final class Signer {

  private Signer() {}

  /** The key that made {@code signature}; empty if none can have made it. */
  static Optional<PublicKey> of(byte[] message, String signature) {
    try {
      return Optional.of(MessageSignature.recover(message, signature));
    } catch (InvalidSignatureException e) {
      return Optional.empty();
    }
  }
}
