package teos.noise;

import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** The side that connects, and knows whom it connects to. */
final class Initiator {

  private final SecretKey own;
  private final SecretKey ephemeral;
  private final PublicKey responder;
  private final HandshakeState state;

  /**
   * @param own by which the responder is to know this side
   * @param ephemeral a fresh one
   */
  Initiator(SecretKey own, SecretKey ephemeral, PublicKey responder) {
    this.own = own;
    this.ephemeral = ephemeral;
    this.responder = responder;
    this.state = new HandshakeState(responder);
  }

  /** The first act, 50 bytes. */
  byte[] actOne() {
    byte[] key = ephemeral.publicKey().bytes();
    state.mixHash(key);
    state.mixKey(ephemeral, responder);
    return Act.ONE.message(key, state.tag());
  }

  /**
   * What follows on the second act.
   *
   * @return the third act, 66 bytes
   */
  byte[] actThree(byte[] actTwo) throws NoiseException {
    Act.Parts parts = Act.TWO.parts(actTwo);
    PublicKey other = HandshakeState.key(parts.key(), Act.TWO.description());
    state.mixHash(parts.key());
    state.mixKey(ephemeral, other);
    state.decryptAndHash(0, parts.tag(), Act.TWO.description());
    byte[] key = state.encryptAndHash(1, own.publicKey().bytes());
    state.mixKey(own, other);
    return Act.THREE.message(key, state.tag());
  }

  Session session() {
    DerivedKeys keys = state.split();
    return new Session(
        responder,
        new CipherState(state.chaining(), keys.chaining()),
        new CipherState(state.chaining(), keys.key()));
  }
}
