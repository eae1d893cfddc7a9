package teos.justice;

import fr.acinq.bitcoin.Crypto;
import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import teos.protocol.NativeSecp256k1;

/** Outputs of commitments that are not taproot's: BOLT 3, as lnd writes them. */
final class SegwitSpends {

  private static final byte[] TRUE = {1};
  private static final byte SIGHASH_ALL = 1;

  private static final int OP_0 = 0x00;
  private static final int OP_1 = 0x51;
  private static final int OP_IF = 0x63;
  private static final int OP_ELSE = 0x67;
  private static final int OP_ENDIF = 0x68;
  private static final int OP_DROP = 0x75;
  private static final int OP_CHECKSIG = 0xac;
  private static final int OP_CHECKSIGVERIFY = 0xad;
  private static final int OP_CHECKSEQUENCEVERIFY = 0xb2;

  private SegwitSpends() {}

  /**
   * By the revocation key: {@code IF <revocation key> ELSE <delay> CSV DROP <delayed key> ENDIF
   * CHECKSIG}, P2WSH.
   */
  static Spend toLocal(JusticeKit kit) throws JusticeException {
    ScriptBuilder script =
        new ScriptBuilder()
            .op(OP_IF)
            .push(kit.revocationKey())
            .op(OP_ELSE)
            .number(Integer.toUnsignedLong(kit.delay()))
            .op(OP_CHECKSEQUENCEVERIFY)
            .op(OP_DROP)
            .push(kit.delayedKey())
            .op(OP_ENDIF)
            .op(OP_CHECKSIG);
    byte[] bytes = script.bytes();
    return new Spend(p2wsh(bytes), List.of(der(kit.toLocalSignature()), TRUE, bytes), 0);
  }

  /** P2WPKH. */
  static Spend legacyToRemote(JusticeKit kit) throws JusticeException {
    byte[] script = new ScriptBuilder().op(OP_0).push(Crypto.hash160(kit.toRemoteKey())).bytes();
    return new Spend(script, List.of(der(kit.toRemoteSignature()), kit.toRemoteKey()), 0);
  }

  /** {@code <key> CHECKSIGVERIFY 1 CSV}, P2WSH. */
  static Spend anchorToRemote(JusticeKit kit) throws JusticeException {
    byte[] script =
        new ScriptBuilder()
            .push(kit.toRemoteKey())
            .op(OP_CHECKSIGVERIFY)
            .op(OP_1)
            .op(OP_CHECKSEQUENCEVERIFY)
            .bytes();
    return new Spend(p2wsh(script), List.of(der(kit.toRemoteSignature()), script), 1);
  }

  private static byte[] p2wsh(byte[] script) {
    return new ScriptBuilder().op(OP_0).push(Crypto.sha256(script)).bytes();
  }

  /** In DER, with the lower of the two possible s, and SIGHASH_ALL. */
  private static byte[] der(byte[] compact) throws JusticeException {
    try {
      Secp256k1 secp256k1 = NativeSecp256k1.get();
      byte[] der = secp256k1.compact2der(secp256k1.signatureNormalize(compact).getFirst());
      return ByteBuffer.allocate(der.length + 1).put(der).put(SIGHASH_ALL).array();
    } catch (Secp256k1Exception | IllegalArgumentException e) {
      throw new JusticeException("a signature that is none");
    }
  }

  /** Scripts as lnd builds them: each push as short as it can be. None here has 100 bytes. */
  static final class ScriptBuilder {
    private static final int MOST = 100;

    private final ByteBuffer out = ByteBuffer.allocate(MOST);

    ScriptBuilder op(int code) {
      out.put((byte) code);
      return this;
    }

    /** Up to 75 bytes. */
    ScriptBuilder push(byte[] bytes) {
      out.put((byte) bytes.length).put(bytes);
      return this;
    }

    ScriptBuilder number(long number) {
      if (number == 0) {
        return op(OP_0);
      }
      if (number <= 16) {
        return op(OP_1 + (int) number - 1);
      }
      int bits = Long.SIZE - Long.numberOfLeadingZeros(number);
      byte[] little = new byte[bits / Byte.SIZE + 1]; // with room for a sign, which is not negative
      for (int i = 0; i < little.length; i++) {
        little[i] = (byte) (number >>> (Byte.SIZE * i));
      }
      return push(little);
    }

    byte[] bytes() {
      return Arrays.copyOf(out.array(), out.position());
    }
  }
}
