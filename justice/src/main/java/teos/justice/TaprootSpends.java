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

/** Outputs of simple taproot channels' commitments, spent by their scripts. */
final class TaprootSpends {

  /** The internal key of all these outputs, to which nobody has the secret. */
  private static final byte[] NUMS =
      HexFormat.of().parseHex("dca094751109d0bd055d03565874e8276dd53e926b44e3bd1bb6bf4bc130a279");

  private static final XonlyPublicKey INTERNAL = new XonlyPublicKey(new ByteVector32(NUMS));
  private static final byte LEAF_VERSION = (byte) 0xc0;

  private static final int OP_1 = 0x51;
  private static final int OP_DROP = 0x75;
  private static final int OP_CHECKSIG = 0xac;
  private static final int OP_CHECKSIGVERIFY = 0xad;
  private static final int OP_CHECKSEQUENCEVERIFY = 0xb2;

  private TaprootSpends() {}

  /** {@code <delayed key> DROP <revocation key> CHECKSIG}, beside the leaf with the delay. */
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
   * {@code <key> CHECKSIG 1 CSV DROP}; with the final scripts {@code <key> CHECKSIGVERIFY 1 CSV}.
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
    Pair<XonlyPublicKey, Boolean> output = INTERNAL.outputKey(new ByteVector32(root));
    byte parity = (byte) (output.getSecond() ? 1 : 0);
    byte[] control =
        ByteBuffer.allocate(1 + NUMS.length + proof.length)
            .put((byte) (LEAF_VERSION | parity))
            .put(NUMS)
            .put(proof)
            .array();
    byte[] outputScript =
        new ScriptBuilder().op(OP_1).push(output.getFirst().value.toByteArray()).bytes();
    return new Spend(outputScript, List.of(signature, script, control), sequence);
  }

  /** BIP 341's hash of a leaf whose script has less than 253 bytes. */
  private static byte[] leaf(byte[] script) {
    byte[] leaf =
        ByteBuffer.allocate(2 + script.length)
            .put(LEAF_VERSION)
            .put((byte) script.length)
            .put(script)
            .array();
    return Crypto.taggedHash(leaf, "TapLeaf").toByteArray();
  }

  private static byte[] branch(byte[] one, byte[] other) {
    boolean inOrder = Arrays.compareUnsigned(one, other) <= 0;
    byte[] both =
        ByteBuffer.allocate(one.length + other.length)
            .put(inOrder ? one : other)
            .put(inOrder ? other : one)
            .array();
    return Crypto.taggedHash(both, "TapBranch").toByteArray();
  }
}
