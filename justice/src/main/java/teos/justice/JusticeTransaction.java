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
 * The transaction that takes a revoked commitment's outputs: version 2, inputs and outputs in BIP
 * 69's order, the fee by lnd's reckoning of its weight.
 */
public final class JusticeTransaction {

  private static final int VERSION = 2;
  private static final int P2WPKH = 22;
  private static final int P2WSH_OR_P2TR = 34;

  /** Bytes without a witness, of which each weighs 4. */
  private static final int BASE = 4 + 4 + 1 + 1;

  private static final int INPUT = 41;
  private static final int OUTPUT_WITHOUT_SCRIPT = 9;

  /** What weighs 1: the marker and the flag. */
  private static final int WITNESS_HEADER = 2;

  /** Bytes of a segwit input, for what an output must be worth: 3 satoshi for each of both. */
  private static final int DUST_INPUT = 67;

  private static final int DUST_RATE = 3;

  private JusticeTransaction() {}

  /**
   * Makes it. What is made spends what it says: the scripts have been run.
   *
   * @param blob as the client has sent it
   * @param policy of the client's session
   * @param rewardScript where the tower's share goes; used where the policy has one
   * @param commitment the revoked commitment transaction, raw
   * @param txid its txid
   * @return the justice transaction, raw
   * @throws JusticeException if the blob is not for this commitment, or what is in it makes no
   *     valid transaction
   */
  public static byte[] build(
      byte[] blob, JusticePolicy policy, byte[] rewardScript, byte[] commitment, Txid txid)
      throws JusticeException {
    return build(blob, policy, rewardScript, () -> Transaction.read(commitment), txid);
  }

  /**
   * Makes it, of a commitment that may have been read for other blobs already.
   *
   * @param commitment reads the revoked commitment transaction, once the blob has turned out to be
   *     for it; its witnesses are not needed
   * @throws JusticeException as {@link #build(byte[], JusticePolicy, byte[], byte[], Txid)}
   */
  public static byte[] build(
      byte[] blob,
      JusticePolicy policy,
      byte[] rewardScript,
      Supplier<Transaction> commitment,
      Txid txid)
      throws JusticeException {
    CommitmentType kind = policy.type().commitmentType();
    JusticeKit kit =
        JusticeKit.decode(XChaCha20Poly1305.decrypt(BreachHint.blobKey(txid), blob), kind);
    try {
      return build(kit, kind, policy, rewardScript, commitment.get(), txid);
    } catch (RuntimeException e) {
      // bitcoin-kmp has no exception of its own for keys and scripts that are none.
      throw new JusticeException("no valid transaction: " + e.getMessage());
    }
  }

  private static byte[] build(
      JusticeKit kit,
      CommitmentType kind,
      JusticePolicy policy,
      byte[] rewardScript,
      Transaction commitment,
      Txid txid)
      throws JusticeException {
    List<Spend> spends = spends(kit, kind);
    long weight = weight(kit, kind, policy);
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

  private static List<Spend> spends(JusticeKit kit, CommitmentType kind) throws JusticeException {
    List<Spend> spends = new ArrayList<>();
    spends.add(kind.isTaproot() ? TaprootSpends.toLocal(kit) : SegwitSpends.toLocal(kit));
    if (kit.hasToRemote()) {
      spends.add(
          switch (kind) {
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
    throw new JusticeException("the commitment has no output with a script that the kit is for");
  }

  private static long weight(JusticeKit kit, CommitmentType kind, JusticePolicy policy)
      throws JusticeException {
    int script = kit.sweepScript().length;
    if (script != P2WPKH && script != P2WSH_OR_P2TR) {
      throw new JusticeException(
          "a sweep script of " + script + " bytes is neither P2WPKH, P2WSH nor P2TR");
    }
    long bytes = 0L + BASE + INPUT + OUTPUT_WITHOUT_SCRIPT + script;
    long witness = 0L + WITNESS_HEADER + kind.toLocalWitness;
    if (policy.type().hasReward()) {
      bytes += OUTPUT_WITHOUT_SCRIPT + P2WPKH;
    }
    if (kit.hasToRemote()) {
      bytes += INPUT;
      witness += kind.toRemoteWitness;
    }
    return 4 * bytes + witness;
  }

  private static List<TxOut> outputs(
      JusticeKit kit, JusticePolicy policy, byte[] rewardScript, long total, long weight)
      throws JusticeException {
    long fee = policy.fee(weight);
    List<TxOut> outputs = new ArrayList<>();
    long reward = 0;
    byte[] measured = kit.sweepScript();
    if (policy.type().hasReward()) {
      reward = policy.reward(total);
      measured = rewardScript; // lnd's
      outputs.add(new TxOut(new Satoshi(reward), rewardScript));
    }
    long swept = total - reward - fee;
    if (swept < dust(measured.length)) {
      throw new JusticeException(
          "of "
              + total
              + " satoshi next to nothing is left: the fee is "
              + fee
              + ", the reward "
              + reward);
    }
    outputs.add(new TxOut(new Satoshi(swept), kit.sweepScript()));
    outputs.sort(
        Comparator.<TxOut>comparingLong(output -> output.amount.toLong())
            .thenComparing(
                output -> output.publicKeyScript.toByteArray(), Arrays::compareUnsigned));
    return outputs;
  }

  private static long dust(int script) {
    return DUST_RATE * (long) (OUTPUT_WITHOUT_SCRIPT + script + DUST_INPUT);
  }
}
