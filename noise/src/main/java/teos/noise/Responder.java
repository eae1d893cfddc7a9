package teos.noise;

import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** The side that is connected to. It knows who the other one is after the third act. */
final class Responder {

  private final SecretKey ephemeral;
  private final SecretKey own;
  private final HandshakeState state;

  /**
   * @param own by which initiators know this side
   * @param ephemeral a fresh one
   */
  Responder(SecretKey own, SecretKey ephemeral) {
    this.own = own;
    this.ephemeral = ephemeral;
    this.state = new HandshakeState(own.publicKey());
  }

  /**
   * What follows on the first act.
   *
   * @return the second act, 50 bytes
   */
  byte[] actTwo(byte[] actOne) throws NoiseException {
    Act.Parts parts = Act.ONE.parts(actOne);
    PublicKey other = HandshakeState.key(parts.key(), Act.ONE.description());
    state.mixHash(parts.key());
    state.mixKey(own, other);
    state.decryptAndHash(0, parts.tag(), Act.ONE.description());
    byte[] key = ephemeral.publicKey().bytes();
    state.mixHash(key);
    state.mixKey(ephemeral, other);
    return Act.TWO.message(key, state.tag());
  }

  /** What the third act leads to. */
  Session session(byte[] actThree) throws NoiseException {
    Act.Parts parts = Act.THREE.parts(actThree);
    byte[] key = state.decryptAndHash(1, parts.key(), Act.THREE.description());
    PublicKey initiator = HandshakeState.key(key, Act.THREE.description());
    state.mixKey(ephemeral, initiator);
    state.decryptAndHash(0, parts.tag(), Act.THREE.description());
    DerivedKeys keys = state.split();
    return new Session(
        initiator,
        new CipherState(state.chaining(), keys.key()),
        new CipherState(state.chaining(), keys.chaining()));
  }
}
