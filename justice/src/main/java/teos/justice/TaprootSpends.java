package teos.justice;

import fr.acinq.bitcoin.ByteVector32;
import fr.acinq.bitcoin.Crypto;
import fr.acinq.bitcoin.XonlyPublicKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import kotlin.Pair;
import teos.justice.SegwitSpends.ScriptBuilder;

/** Script-path spends (BIP 341, BIP 342) of simple taproot channels' commitments. */
final class TaprootSpends {

  /** x-only internal key of all outputs, a NUMS point without a known secret key, from lnd. */
  private static final byte[] NUMS_POINT =
      HexFormat.of().parseHex("dca094751109d0bd055d03565874e8276dd53e926b44e3bd1bb6bf4bc130a279");

  private static final XonlyPublicKey INTERNAL_KEY =
      new XonlyPublicKey(new ByteVector32(NUMS_POINT));
  private static final byte LEAF_VERSION = (byte) 0xc0;

  private static final int OP_1 = 0x51;
  private static final int OP_DROP = 0x75;
  private static final int OP_CHECKSIG = 0xac;
  private static final int OP_CHECKSIGVERIFY = 0xad;
  private static final int OP_CHECKSEQUENCEVERIFY = 0xb2;

  private TaprootSpends() {}

  /**
   * Returns the spend of to_local by the revocation leaf: {@code <delayed key> DROP <revocation
   * key> CHECKSIG}. The sibling is the leaf with the delay.
   */
  static Spend toLocal(JusticeKit kit) {
    byte[] script =
        new ScriptBuilder()
            .push(kit.delayedKey())
            .op(OP_DROP)
            .push(kit.revocationKey())
            .op(OP_CHECKSIG)
            .bytes();
    byte[] root = branch(leaf(script), kit.delayHash());
    return spend(root, script, kit.delayHash(), kit.toLocalSignature(), 0);
  }

  /**
   * Returns the spend of to_remote by its only leaf: {@code <key> CHECKSIG 1 CSV DROP}, or with the
   * final scripts {@code <key> CHECKSIGVERIFY 1 CSV}.
   */
  static Spend toRemote(JusticeKit kit, boolean finalScripts) {
    ScriptBuilder script =
        new ScriptBuilder()
            .push(Arrays.copyOfRange(kit.toRemoteKey(), 1, kit.toRemoteKey().length))
            .op(finalScripts ? OP_CHECKSIGVERIFY : OP_CHECKSIG)
            .op(OP_1)
            .op(OP_CHECKSEQUENCEVERIFY);
    if (!finalScripts) {
      script.op(OP_DROP);
    }
    byte[] bytes = script.bytes();
    return spend(leaf(bytes), bytes, new byte[0], kit.toRemoteSignature(), 1);
  }

  private static Spend spend(
      byte[] root, byte[] script, byte[] proof, byte[] signature, long sequence) {
    Pair<XonlyPublicKey, Boolean> output = INTERNAL_KEY.outputKey(new ByteVector32(root));
    byte parity = (byte) (output.getSecond() ? 1 : 0);
    byte[] control =
        ByteBuffer.allocate(1 + NUMS_POINT.length + proof.length)
            .put((byte) (LEAF_VERSION | parity))
            .put(NUMS_POINT)
            .put(proof)
            .array();
    byte[] outputScript =
        new ScriptBuilder().op(OP_1).push(output.getFirst().value.toByteArray()).bytes();
    return new Spend(outputScript, List.of(signature, script, control), sequence);
  }

  /** Returns the TapLeaf hash (BIP 341) of a script of less than 253 bytes. */
  private static byte[] leaf(byte[] script) {
    byte[] leaf =
        ByteBuffer.allocate(2 + script.length)
            .put(LEAF_VERSION)
            .put((byte) script.length)
            .put(script)
            .array();
    return Crypto.taggedHash(leaf, "TapLeaf").toByteArray();
  }

  /** Returns the TapBranch hash (BIP 341) of two nodes. */
  private static byte[] branch(byte[] left, byte[] right) {
    boolean inOrder = Arrays.compareUnsigned(left, right) <= 0;
    byte[] both =
        ByteBuffer.allocate(left.length + right.length)
            .put(inOrder ? left : right)
            .put(inOrder ? right : left)
            .array();
    return Crypto.taggedHash(both, "TapBranch").toByteArray();
  }
}
