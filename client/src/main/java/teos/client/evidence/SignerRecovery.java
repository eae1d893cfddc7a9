package teos.client.evidence;

import java.util.Optional;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;

/** Who signed. */
final class SignerRecovery {

  private SignerRecovery() {}

  /** The key that made {@code signature}; empty if none can have made it. */
  static Optional<PublicKey> recover(byte[] message, String signature) {
    try {
      return Optional.of(MessageSignature.recover(message, signature));
    } catch (InvalidSignatureException e) {
      return Optional.empty();
    }
  }
}
