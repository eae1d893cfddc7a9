package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OP_CHECKSEQUENCEVERIFY;
import fr.acinq.bitcoin.OP_CHECKSIG;
import fr.acinq.bitcoin.OP_DROP;
import fr.acinq.bitcoin.OP_ELSE;
import fr.acinq.bitcoin.OP_ENDIF;
import fr.acinq.bitcoin.OP_IF;
import fr.acinq.bitcoin.OP_PUSHDATA;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.PrivateKey;
import fr.acinq.bitcoin.PublicKey;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.Script;
import fr.acinq.bitcoin.ScriptElt;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.SigHash;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.math.BigDecimal;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import teos.protocol.Txid;

/**
 * Channel in which one side can publish a revoked commitment: a confirmed funding output, a
 * commitment transaction with BOLT 3's scripts, and the penalty transaction with which the victim
 * sweeps the cheater's output using the revocation key. Holds the keys of both sides.
 */
public final class LightningChannel {

  /** Value of the funding output in satoshi. */
  public static final long CAPACITY = 1_000_000;

  /** CSV delay of the cheater's output in blocks. */
  public static final int TO_SELF_DELAY = 144;

  private static final int MAX_FUNDING_ATTEMPTS = 5;
  private static final long COMMITMENT_FEE = 1_000;
  private static final long TO_REMOTE = 300_000;
  private static final long COMMITMENT_NUMBER = 42;
  private static final int WITNESS_V0 = 1;
  private static final int BATCH_SIZE = 500;

  private final PrivateKey cheaterFunding;
  private final PrivateKey victimFunding;
  private final PrivateKey victimRevocationBasepoint;
  private final PrivateKey perCommitmentSecret;
  private final PrivateKey victimPayment;
  private final PublicKey cheaterPayment;
  private final PublicKey cheaterDelayed;
  private final OutPoint funding;
  private final List<ScriptElt> fundingScript;
  private final Transaction commitment;

  private LightningChannel(FundingKeys keys, OutPoint funding) {
    this.cheaterFunding = keys.cheaterFunding;
    this.victimFunding = keys.victimFunding;
    this.victimRevocationBasepoint = LightningKeys.random(keys.random);
    this.perCommitmentSecret = LightningKeys.random(keys.random);
    this.victimPayment = LightningKeys.random(keys.random);
    this.cheaterPayment = LightningKeys.random(keys.random).publicKey();
    this.cheaterDelayed =
        LightningKeys.derive(
            LightningKeys.random(keys.random).publicKey(), perCommitmentSecret.publicKey());
    this.funding = funding;
    this.fundingScript = keys.fundingScript();
    this.commitment = signedCommitment();
  }

  /** Keys needed to create the funding output. */
  private record FundingKeys(
      PrivateKey cheaterFunding, PrivateKey victimFunding, SecureRandom random) {

    static FundingKeys random(SecureRandom random) {
      return new FundingKeys(LightningKeys.random(random), LightningKeys.random(random), random);
    }

    List<ScriptElt> fundingScript() {
      return Script.createMultiSigMofN(2, sorted());
    }

    List<PublicKey> sorted() {
      return java.util.stream.Stream.of(cheaterFunding.publicKey(), victimFunding.publicKey())
          .sorted(java.util.Comparator.comparing(PublicKey::toHex))
          .toList();
    }
  }

  /** Opens a channel, funded by the wallet of {@code bitcoind} and confirmed. */
  public static LightningChannel open(Bitcoind bitcoind) {
    return openMany(bitcoind, 1).getFirst();
  }

  /** Opens {@code count} channels with few funding transactions. */
  public static List<LightningChannel> openMany(Bitcoind bitcoind, int count) {
    SecureRandom random = new SecureRandom();
    ensureFunds(bitcoind, count);
    List<LightningChannel> channels = new ArrayList<>();
    while (channels.size() < count) {
      int batch = Math.min(BATCH_SIZE, count - channels.size());
      Map<String, FundingKeys> byAddress = new LinkedHashMap<>();
      Map<String, BigDecimal> amounts = new LinkedHashMap<>();
      for (int i = 0; i < batch; i++) {
        FundingKeys keys = FundingKeys.random(random);
        String script =
            HexFormat.of().formatHex(Script.write(Script.pay2wsh(keys.fundingScript())));
        String address = bitcoind.rpc("decodescript", script).path("address").asText();
        byAddress.put(address, keys);
        amounts.put(address, BigDecimal.valueOf(CAPACITY, 8));
      }
      JsonNode funding = fund(bitcoind, amounts);
      String txid = funding.path("txid").asText();
      for (JsonNode output : funding.path("vout")) {
        FundingKeys keys = byAddress.get(output.path("scriptPubKey").path("address").asText());
        if (keys != null) {
          channels.add(
              new LightningChannel(keys, new OutPoint(new TxId(txid), output.path("n").asLong())));
        }
      }
      bitcoind.mine(1);
    }
    return channels;
  }

  /**
   * Sends {@code amounts} and returns the decoded transaction. Retries after mining a block,
   * because the wallet may choose an output that a reorg has just made immature: sendmany then
   * succeeds, but the mempool does not accept the transaction.
   */
  private static JsonNode fund(Bitcoind bitcoind, Map<String, BigDecimal> amounts) {
    String rejections = "";
    for (int attempt = 0; attempt < MAX_FUNDING_ATTEMPTS; attempt++) {
      String txid = bitcoind.rpc("sendmany", "", amounts).asText();
      String hex = bitcoind.rpc("gettransaction", txid).path("hex").asText();
      if (bitcoind.mempool().contains(txid)) {
        return bitcoind.rpc("decoderawtransaction", hex);
      }
      rejections += bitcoind.rpc("testmempoolaccept", List.of(hex)).toString();
      bitcoind.rpc("abandontransaction", txid);
      bitcoind.mine(1);
    }
    throw new IllegalStateException(
        "the mempool rejected all of the wallet's funding transactions: " + rejections);
  }

  private static void ensureFunds(Bitcoind bitcoind, int channels) {
    double needed = (channels + 1) * CAPACITY / 1e8 * 1.1;
    if (bitcoind.rpc("getbalance").asDouble() < needed) {
      bitcoind.mine(101);
    }
  }

  private List<ScriptElt> toLocalScript() {
    PublicKey revocation =
        LightningKeys.revocation(
            victimRevocationBasepoint.publicKey(), perCommitmentSecret.publicKey());
    return List.of(
        OP_IF.INSTANCE,
        new OP_PUSHDATA(revocation),
        OP_ELSE.INSTANCE,
        new OP_PUSHDATA(Script.encodeNumber(TO_SELF_DELAY)),
        OP_CHECKSEQUENCEVERIFY.INSTANCE,
        OP_DROP.INSTANCE,
        new OP_PUSHDATA(cheaterDelayed),
        OP_ENDIF.INSTANCE,
        OP_CHECKSIG.INSTANCE);
  }

  private Transaction signedCommitment() {
    long number =
        COMMITMENT_NUMBER
            ^ LightningKeys.commitmentNumberMask(cheaterPayment, victimPayment.publicKey());
    long sequence = 0x8000_0000L | (number >>> 24);
    long lockTime = 0x2000_0000L | (number & 0xff_ffff);
    TxOut toRemote = new TxOut(new Satoshi(TO_REMOTE), Script.pay2wpkh(victimPayment.publicKey()));
    TxOut toLocal =
        new TxOut(
            new Satoshi(CAPACITY - TO_REMOTE - COMMITMENT_FEE), Script.pay2wsh(toLocalScript()));
    // BIP 69 sorts by amount: to_local is larger.
    Transaction unsigned =
        new Transaction(
            2, List.of(new TxIn(funding, sequence)), List.of(toRemote, toLocal), lockTime);
    return signedByBoth(unsigned);
  }

  /**
   * Returns {@code unsigned}, which spends the funding output, with the signatures of both sides.
   */
  private Transaction signedByBoth(Transaction unsigned) {
    List<PublicKey> keys =
        new FundingKeys(cheaterFunding, victimFunding, new SecureRandom()).sorted();
    List<ByteVector> signatures = new ArrayList<>();
    for (PublicKey key : keys) {
      PrivateKey signer = key.equals(cheaterFunding.publicKey()) ? cheaterFunding : victimFunding;
      signatures.add(sign(unsigned, fundingScript, CAPACITY, signer));
    }
    return unsigned.updateWitness(
        0,
        new ScriptWitness(
            List.of(
                ByteVector.empty,
                signatures.get(0),
                signatures.get(1),
                new ByteVector(Script.write(fundingScript)))));
  }

  private static ByteVector sign(
      Transaction transaction, List<ScriptElt> script, long amount, PrivateKey key) {
    return new ByteVector(
        transaction.signInput(
            0, script, SigHash.SIGHASH_ALL, new Satoshi(amount), WITNESS_V0, key));
  }

  /** Returns the revoked commitment transaction, raw and signed. */
  public byte[] commitment() {
    return Transaction.write(commitment);
  }

  /**
   * Returns a cooperative closing transaction, raw and signed. It spends the funding output and
   * therefore conflicts with the commitment.
   *
   * @param fee in satoshi
   */
  public byte[] closing(long fee) {
    return Transaction.write(signedClosing(fee));
  }

  /** Returns the txid of {@code closing(fee)}. */
  public Txid closingTxid(long fee) {
    return txid(signedClosing(fee));
  }

  private Transaction signedClosing(long fee) {
    TxOut toVictim =
        new TxOut(new Satoshi(CAPACITY - fee), Script.pay2wpkh(victimPayment.publicKey()));
    return signedByBoth(
        new Transaction(2, List.of(new TxIn(funding, 0xffff_fffdL)), List.of(toVictim), 0));
  }

  /** Returns the txid of the revoked commitment. */
  public Txid commitmentTxid() {
    return txid(commitment);
  }

  /**
   * Returns the penalty transaction, raw and signed.
   *
   * @param feeRate in sat/vB
   */
  public byte[] penalty(long feeRate) {
    return penalty(feeRate, revocationKey());
  }

  /** Returns a penalty transaction that is signed with the wrong key and therefore invalid. */
  public byte[] wronglySignedPenalty() {
    return penalty(10, LightningKeys.random(new SecureRandom()));
  }

  /** Returns the txid of {@code penalty(feeRate)}. */
  public Txid penaltyTxid(long feeRate) {
    return txid(Transaction.read(penalty(feeRate)));
  }

  private PrivateKey revocationKey() {
    return LightningKeys.revocation(victimRevocationBasepoint, perCommitmentSecret);
  }

  private byte[] penalty(long feeRate, PrivateKey key) {
    long virtualSize = Math.ceilDiv(signedPenalty(0, key).weight(), 4);
    return Transaction.write(signedPenalty(feeRate * virtualSize, key));
  }

  private Transaction signedPenalty(long fee, PrivateKey key) {
    int index = 1;
    long amount = commitment.txOut.get(index).amount.toLong();
    Transaction unsigned =
        new Transaction(
            2,
            List.of(new TxIn(new OutPoint(commitment, index), TxIn.SEQUENCE_FINAL)),
            List.of(
                new TxOut(new Satoshi(amount - fee), Script.pay2wpkh(victimPayment.publicKey()))),
            0);
    ByteVector signature = sign(unsigned, toLocalScript(), amount, key);
    return unsigned.updateWitness(
        0,
        new ScriptWitness(
            List.of(
                signature,
                new ByteVector(new byte[] {1}),
                new ByteVector(Script.write(toLocalScript())))));
  }

  private static Txid txid(Transaction transaction) {
    return Txid.ofInternal(transaction.hash.value.toByteArray());
  }
}
