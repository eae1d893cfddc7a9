package teos.noise;

import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Handshake of the side that connects. It must know the static key of the responder. */
final class Initiator {

  private final SecretKey own;
  private final SecretKey ephemeral;
  private final PublicKey responder;
  private final HandshakeState state;

  /**
   * @param own static key of this side
   * @param ephemeral new random key, for this handshake only
   * @param responder static key of the other side
   */
  Initiator(SecretKey own, SecretKey ephemeral, PublicKey responder) {
    this.own = own;
    this.ephemeral = ephemeral;
    this.responder = responder;
    this.state = new HandshakeState(responder);
  }

  /** Returns act one, 50 bytes. */
  byte[] actOne() {
    byte[] key = ephemeral.publicKey().bytes();
    state.mixHash(key);
    state.mixKey(ephemeral, responder);
    return Act.ONE.message(key, state.tag());
  }

  /**
   * Processes act two.
   *
   * @return act three, 66 bytes
   * @throws NoiseException if act two is invalid
   */
  byte[] actThree(byte[] actTwo) throws NoiseException {
    Act.Parts parts = Act.TWO.parts(actTwo);
    PublicKey remoteEphemeral = HandshakeState.parseKey(parts.key(), Act.TWO.description());
    state.mixHash(parts.key());
    state.mixKey(ephemeral, remoteEphemeral);
    state.decryptAndHash(0, parts.tag(), Act.TWO.description());
    byte[] key = state.encryptAndHash(1, own.publicKey().bytes());
    state.mixKey(own, remoteEphemeral);
    return Act.THREE.message(key, state.tag());
  }

  /** Returns the session. Must be called after {@link #actThree}. */
  Session session() {
    DerivedKeys keys = state.split();
    return new Session(
        responder,
        new CipherState(state.chaining(), keys.chaining()),
        new CipherState(state.chaining(), keys.key()));
  }
}
