package teos.noise;

import java.util.Arrays;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Fuzz target for the responder's handshake: act one, and act three after a valid act one. */
public final class NoiseFuzz {

  private static final SecretKey TOWER = key(0x21);
  private static final SecretKey CLIENT = key(0x11);

  private NoiseFuzz() {}

  private static SecretKey key(int value) {
    byte[] bytes = new byte[SecretKey.LENGTH];
    Arrays.fill(bytes, (byte) value);
    return new SecretKey(bytes);
  }

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      new Responder(TOWER, key(0x22)).actTwo(data);
    } catch (NoiseException e) {
      // the expected result for an invalid act one
    }
    try {
      Responder responder = new Responder(TOWER, key(0x22));
      PublicKey tower = TOWER.publicKey();
      responder.actTwo(new Initiator(CLIENT, key(0x12), tower).actOne());
      Session session = responder.session(data);
      session.bodyLength(Arrays.copyOf(data, Session.HEADER_LENGTH));
    } catch (NoiseException e) {
      // the expected result for an invalid act three or header
    }
  }
}
