package teos.justice;

import fr.acinq.bitcoin.Crypto;
import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import teos.protocol.NativeSecp256k1;

/** Spends of legacy and anchor commitments (BOLT 3), with lnd's scripts. */
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
   * Returns the spend of to_local with the revocation key. P2WSH: {@code IF <revocation key> ELSE
   * <delay> CSV DROP <delayed key> ENDIF CHECKSIG}.
   *
   * @throws JusticeException if the signature is malformed
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

  /**
   * Returns the spend of a legacy to_remote. P2WPKH.
   *
   * @throws JusticeException if the signature is malformed
   */
  static Spend legacyToRemote(JusticeKit kit) throws JusticeException {
    byte[] script = new ScriptBuilder().op(OP_0).push(Crypto.hash160(kit.toRemoteKey())).bytes();
    return new Spend(script, List.of(der(kit.toRemoteSignature()), kit.toRemoteKey()), 0);
  }

  /**
   * Returns the spend of an anchor to_remote. P2WSH: {@code <key> CHECKSIGVERIFY 1 CSV}.
   *
   * @throws JusticeException if the signature is malformed
   */
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

  /** Converts a compact signature to DER with a low s, and appends SIGHASH_ALL. */
  private static byte[] der(byte[] compact) throws JusticeException {
    try {
      Secp256k1 secp256k1 = NativeSecp256k1.get();
      byte[] der = secp256k1.compact2der(secp256k1.signatureNormalize(compact).getFirst());
      return ByteBuffer.allocate(der.length + 1).put(der).put(SIGHASH_ALL).array();
    } catch (Secp256k1Exception | IllegalArgumentException e) {
      throw new JusticeException("a signature in the kit is malformed");
    }
  }

  /** Builder of scripts with minimal pushes, as lnd builds them. */
  static final class ScriptBuilder {
    /** Bytes; no script here is longer. */
    private static final int MAX_LENGTH = 100;

    private final ByteBuffer out = ByteBuffer.allocate(MAX_LENGTH);

    /** Appends an opcode. */
    ScriptBuilder op(int code) {
      out.put((byte) code);
      return this;
    }

    /** Appends a push of up to 75 bytes. */
    ScriptBuilder push(byte[] bytes) {
      out.put((byte) bytes.length).put(bytes);
      return this;
    }

    /** Appends a push of a non-negative number, in its shortest form. */
    ScriptBuilder number(long number) {
      if (number == 0) {
        return op(OP_0);
      }
      if (number <= 16) {
        return op(OP_1 + (int) number - 1);
      }
      int bits = Long.SIZE - Long.numberOfLeadingZeros(number);
      byte[] littleEndian = new byte[bits / Byte.SIZE + 1]; // with room for the sign bit, 0
      for (int i = 0; i < littleEndian.length; i++) {
        littleEndian[i] = (byte) (number >>> (Byte.SIZE * i));
      }
      return push(littleEndian);
    }

    byte[] bytes() {
      return Arrays.copyOf(out.array(), out.position());
    }
  }
}
