package teos.noise;

import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Handshake of the side that accepts. It learns the static key of the initiator in act three. */
final class Responder {

  private final SecretKey ephemeral;
  private final SecretKey own;
  private final HandshakeState state;

  /**
   * @param own static key of this side
   * @param ephemeral new random key, for this handshake only
   */
  Responder(SecretKey own, SecretKey ephemeral) {
    this.own = own;
    this.ephemeral = ephemeral;
    this.state = new HandshakeState(own.publicKey());
  }

  /**
   * Processes act one.
   *
   * @return act two, 50 bytes
   * @throws NoiseException if act one is invalid
   */
  byte[] actTwo(byte[] actOne) throws NoiseException {
    Act.Parts parts = Act.ONE.parts(actOne);
    PublicKey remoteEphemeral = HandshakeState.parseKey(parts.key(), Act.ONE.description());
    state.mixHash(parts.key());
    state.mixKey(own, remoteEphemeral);
    state.decryptAndHash(0, parts.tag(), Act.ONE.description());
    byte[] key = ephemeral.publicKey().bytes();
    state.mixHash(key);
    state.mixKey(ephemeral, remoteEphemeral);
    return Act.TWO.message(key, state.tag());
  }

  /**
   * Processes act three, and returns the session.
   *
   * @throws NoiseException if act three is invalid
   */
  Session session(byte[] actThree) throws NoiseException {
    Act.Parts parts = Act.THREE.parts(actThree);
    byte[] key = state.decryptAndHash(1, parts.key(), Act.THREE.description());
    PublicKey initiator = HandshakeState.parseKey(key, Act.THREE.description());
    state.mixKey(ephemeral, initiator);
    state.decryptAndHash(0, parts.tag(), Act.THREE.description());
    DerivedKeys keys = state.split();
    return new Session(
        initiator,
        new CipherState(state.chaining(), keys.key()),
        new CipherState(state.chaining(), keys.chaining()));
  }
}
