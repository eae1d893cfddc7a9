package teos.client.evidence;

import java.util.Optional;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;

/** Recovers signers from message signatures. */
final class SignerRecovery {

  private SignerRecovery() {}

  /** Returns the key that made {@code signature}; empty if the signature is not valid. */
  static Optional<PublicKey> recover(byte[] message, String signature) {
    try {
      return Optional.of(MessageSignature.recover(message, signature));
    } catch (InvalidSignatureException e) {
      return Optional.empty();
    }
  }
}
