package teos.justice;

import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.ScriptFlags;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxHash;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import teos.protocol.Txid;

/**
 * Justice transaction, which sweeps the outputs of a revoked commitment: version 2, inputs and
 * outputs sorted by BIP 69, fee from lnd's estimate of the weight. Source: lnd's {@code
 * lookout/justice_descriptor.go}.
 *
 * @param raw the serialized transaction
 * @param selfDelay CSV delay of to_local in blocks, to which the commitment's script commits; 0 if
 *     unknown, as in taproot channels
 */
public record JusticeTransaction(byte[] raw, long selfDelay) {

  private static final int VERSION = 2;
  private static final int P2WPKH_LENGTH = 22;
  private static final int P2WSH_OR_P2TR_LENGTH = 34;

  /** Bytes of version, lock time, and the numbers of inputs and outputs; each weighs 4. */
  private static final int BASE_LENGTH = 4 + 4 + 1 + 1;

  /** Bytes of an input without its witness. */
  private static final int INPUT_LENGTH = 41;

  private static final int OUTPUT_LENGTH_WITHOUT_SCRIPT = 9;

  /** Bytes of marker and flag; each weighs 1. */
  private static final int WITNESS_HEADER_LENGTH = 2;

  /** Bytes of a segwit input that bitcoind assumes for the dust limit. */
  private static final int DUST_INPUT_LENGTH = 67;

  /** Dust limit in sat/vB of an output together with the input that spends it. */
  private static final int DUST_FEE_RATE = 3;

  /**
   * Builds the justice transaction, and verifies its scripts and signatures.
   *
   * @param blob encrypted blob from the client
   * @param policy policy of the client's session
   * @param rewardScript output script for the tower's reward; unused if the policy has none
   * @param commitment the revoked commitment transaction, serialized
   * @param txid txid of {@code commitment}
   * @throws JusticeException if the blob is not for this commitment, or does not yield a valid
   *     transaction
   */
  public static JusticeTransaction build(
      byte[] blob, JusticePolicy policy, byte[] rewardScript, byte[] commitment, Txid txid)
      throws JusticeException {
    return build(blob, policy, rewardScript, () -> Transaction.read(commitment), txid);
  }

  /**
   * Builds the justice transaction as the method above, for a commitment that may already have been
   * parsed for other blobs.
   *
   * @param commitment supplies the parsed commitment transaction; called only if the blob is for
   *     it; witnesses are not needed
   * @throws JusticeException as {@link #build(byte[], JusticePolicy, byte[], byte[], Txid)}
   */
  public static JusticeTransaction build(
      byte[] blob,
      JusticePolicy policy,
      byte[] rewardScript,
      Supplier<Transaction> commitment,
      Txid txid)
      throws JusticeException {
    CommitmentType type = policy.type().commitmentType();
    JusticeKit kit =
        JusticeKit.decode(XChaCha20Poly1305.decrypt(BreachHint.blobKey(txid), blob), type);
    try {
      byte[] raw = build(kit, type, policy, rewardScript, commitment.get(), txid);
      return new JusticeTransaction(raw, Integer.toUnsignedLong(kit.delay()));
    } catch (RuntimeException e) {
      // bitcoin-kmp throws no specific exception for invalid keys and scripts.
      throw new JusticeException("the blob yields no valid transaction: " + e.getMessage());
    }
  }

  private static byte[] build(
      JusticeKit kit,
      CommitmentType type,
      JusticePolicy policy,
      byte[] rewardScript,
      Transaction commitment,
      Txid txid)
      throws JusticeException {
    List<Spend> spends = spends(kit, type);
    long weight = weight(kit, type, policy);
    List<TxIn> inputs = new ArrayList<>();
    Map<OutPoint, TxOut> spent = new HashMap<>();
    long total = 0;
    for (Spend spend : spends) {
      int index = outputIndex(commitment, spend.script());
      TxOut output = commitment.txOut.get(index);
      OutPoint outPoint = new OutPoint(new TxHash(txid.internal()), index);
      spent.put(outPoint, output);
      total += output.amount.toLong();
      List<ByteVector> witness = spend.witness().stream().map(ByteVector::new).toList();
      inputs.add(
          new TxIn(outPoint, ByteVector.empty, spend.sequence(), new ScriptWitness(witness)));
    }
    inputs.sort(Comparator.comparingLong(input -> input.outPoint.index));
    Transaction justice =
        new Transaction(VERSION, inputs, outputs(kit, policy, rewardScript, total, weight), 0);
    Transaction.correctlySpends(justice, spent, ScriptFlags.STANDARD_SCRIPT_VERIFY_FLAGS);
    return Transaction.write(justice);
  }

  private static List<Spend> spends(JusticeKit kit, CommitmentType type) throws JusticeException {
    List<Spend> spends = new ArrayList<>();
    spends.add(type.isTaproot() ? TaprootSpends.toLocal(kit) : SegwitSpends.toLocal(kit));
    if (kit.hasToRemote()) {
      spends.add(
          switch (type) {
            case LEGACY -> SegwitSpends.legacyToRemote(kit);
            case ANCHOR -> SegwitSpends.anchorToRemote(kit);
            case TAPROOT -> TaprootSpends.toRemote(kit, false);
            case TAPROOT_FINAL -> TaprootSpends.toRemote(kit, true);
          });
    }
    return spends;
  }

  private static int outputIndex(Transaction commitment, byte[] script) throws JusticeException {
    for (int i = 0; i < commitment.txOut.size(); i++) {
      if (Arrays.equals(commitment.txOut.get(i).publicKeyScript.toByteArray(), script)) {
        return i;
      }
    }
    throw new JusticeException(
        "the commitment has no output with the script that the kit signs for");
  }

  private static long weight(JusticeKit kit, CommitmentType type, JusticePolicy policy)
      throws JusticeException {
    int script = kit.sweepScript().length;
    if (script != P2WPKH_LENGTH && script != P2WSH_OR_P2TR_LENGTH) {
      throw new JusticeException(
          "a sweep script of " + script + " bytes; expected P2WPKH, P2WSH or P2TR");
    }
    long bytes = 0L + BASE_LENGTH + INPUT_LENGTH + OUTPUT_LENGTH_WITHOUT_SCRIPT + script;
    long witness = 0L + WITNESS_HEADER_LENGTH + type.toLocalWitness;
    if (policy.type().hasReward()) {
      bytes += OUTPUT_LENGTH_WITHOUT_SCRIPT + P2WPKH_LENGTH;
    }
    if (kit.hasToRemote()) {
      bytes += INPUT_LENGTH;
      witness += type.toRemoteWitness;
    }
    return 4 * bytes + witness;
  }

  private static List<TxOut> outputs(
      JusticeKit kit, JusticePolicy policy, byte[] rewardScript, long total, long weight)
      throws JusticeException {
    long fee = policy.fee(weight);
    List<TxOut> outputs = new ArrayList<>();
    long reward = 0;
    byte[] dustScript = kit.sweepScript();
    if (policy.type().hasReward()) {
      reward = policy.reward(total);
      dustScript = rewardScript; // as lnd does
      outputs.add(new TxOut(new Satoshi(reward), rewardScript));
    }
    long swept = total - reward - fee;
    if (swept < dustLimit(dustScript.length)) {
      throw new JusticeException(
          "the output is below the dust limit: "
              + total
              + " satoshi, minus fee "
              + fee
              + " and reward "
              + reward);
    }
    outputs.add(new TxOut(new Satoshi(swept), kit.sweepScript()));
    outputs.sort(
        Comparator.<TxOut>comparingLong(output -> output.amount.toLong())
            .thenComparing(
                output -> output.publicKeyScript.toByteArray(), Arrays::compareUnsigned));
    return outputs;
  }

  /** Returns the dust limit in satoshi of an output whose script has {@code scriptLength} bytes. */
  private static long dustLimit(int scriptLength) {
    return DUST_FEE_RATE * (long) (OUTPUT_LENGTH_WITHOUT_SCRIPT + scriptLength + DUST_INPUT_LENGTH);
  }
}
