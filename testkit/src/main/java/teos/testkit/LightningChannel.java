package teos.testkit;

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
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private static final long TO_REMOTE = 300_000;
  private static final long COMMITMENT_NUMBER = 42;
  private static final int WITNESS_V0 = 1;
  private static final int ANCHOR = 0;

  /** Version and inputs of a penalty. */
  public enum PenaltyType {
    V2(2, false),
    V3(3, false),
    /** Also spends the commitment's anchor. */
    V3_WITH_ANCHOR(3, true);

    private final int version;
    private final boolean spendsAnchor;

    PenaltyType(int version, boolean spendsAnchor) {
      this.version = version;
      this.spendsAnchor = spendsAnchor;
    }
  }

  private final PrivateKey cheaterFunding;
  private final PrivateKey victimFunding;
  private final PrivateKey victimRevocationBasepoint;
  private final PrivateKey perCommitmentSecret;
  private final PrivateKey victimPayment;
  private final PublicKey cheaterPayment;
  private final PrivateKey cheaterDelayed;
  private final CommitmentType type;
  private final OutPoint funding;
  private final Optional<OutPoint> feeCoin;
  private final List<ScriptElt> fundingScript;
  private final HtlcOutput htlc;
  private final Transaction commitment;

  private LightningChannel(ChannelFunding channel, CommitmentType type) {
    ChannelFunding.FundingKeys keys = channel.keys();
    this.cheaterFunding = keys.cheaterFunding();
    this.victimFunding = keys.victimFunding();
    this.victimRevocationBasepoint = LightningKeys.random(keys.random());
    this.perCommitmentSecret = LightningKeys.random(keys.random());
    this.victimPayment = LightningKeys.random(keys.random());
    this.cheaterPayment = LightningKeys.random(keys.random()).publicKey();
    this.cheaterDelayed =
        LightningKeys.derive(LightningKeys.random(keys.random()), perCommitmentSecret.publicKey());
    this.type = type;
    this.funding = channel.point();
    this.feeCoin = channel.feeCoin();
    this.fundingScript = keys.fundingScript();
    this.htlc = new HtlcOutput(revocationKey(), toLocalScript(), keys.random());
    this.commitment = signedCommitment();
  }

  /** Opens a channel, funded by the wallet of {@code bitcoind} and confirmed. */
  public static LightningChannel open(Bitcoind bitcoind) {
    return open(bitcoind, CommitmentType.V2);
  }

  /** Opens a channel whose commitments have {@code type}. */
  public static LightningChannel open(Bitcoind bitcoind, CommitmentType type) {
    return openMany(bitcoind, 1, type).getFirst();
  }

  /** Opens {@code count} channels with few funding transactions. */
  public static List<LightningChannel> openMany(Bitcoind bitcoind, int count) {
    return openMany(bitcoind, count, CommitmentType.V2);
  }

  private static List<LightningChannel> openMany(
      Bitcoind bitcoind, int count, CommitmentType type) {
    return ChannelFunding.many(bitcoind, count, type).stream()
        .map(channel -> new LightningChannel(channel, type))
        .toList();
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
        new OP_PUSHDATA(cheaterDelayed.publicKey()),
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
    long anchorAmount = type.anchor().map(anchor -> anchor.amount.toLong()).orElse(0L);
    long htlcAmount = type.hasHtlc() ? HtlcOutput.AMOUNT : 0;
    TxOut toLocal =
        new TxOut(
            new Satoshi(CAPACITY - TO_REMOTE - type.fee() - anchorAmount - htlcAmount),
            Script.pay2wsh(toLocalScript()));
    // BIP 69 sorts by amount: the anchor is smallest, to_local largest.
    List<TxOut> outputs = new ArrayList<>();
    type.anchor().ifPresent(outputs::add);
    if (type.hasHtlc()) {
      outputs.add(htlc.output());
    }
    outputs.addAll(List.of(toRemote, toLocal));
    Transaction unsigned =
        new Transaction(type.version(), List.of(new TxIn(funding, sequence)), outputs, lockTime);
    return signedByBoth(unsigned);
  }

  /**
   * Returns {@code unsigned}, which spends the funding output, with the signatures of both sides.
   */
  private Transaction signedByBoth(Transaction unsigned) {
    List<PublicKey> keys =
        new ChannelFunding.FundingKeys(cheaterFunding, victimFunding, new SecureRandom()).sorted();
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
   * Returns the penalty transaction of version 2, raw and signed.
   *
   * @param feeRate in sat/vB
   */
  public byte[] penalty(long feeRate) {
    return penalty(PenaltyType.V2, feeRate);
  }

  /**
   * Returns a penalty transaction, raw and signed.
   *
   * @param feeRate in sat/vB
   */
  public byte[] penalty(PenaltyType penaltyType, long feeRate) {
    return penalty(penaltyType, feeRate, revocationKey());
  }

  /** Returns a penalty transaction that is signed with the wrong key and therefore invalid. */
  public byte[] wronglySignedPenalty() {
    return penalty(PenaltyType.V2, 10, LightningKeys.random(new SecureRandom()));
  }

  /** Returns the txid of {@code penalty(feeRate)}. */
  public Txid penaltyTxid(long feeRate) {
    return penaltyTxid(PenaltyType.V2, feeRate);
  }

  /** Returns the txid of {@code penalty(penaltyType, feeRate)}. */
  public Txid penaltyTxid(PenaltyType penaltyType, long feeRate) {
    return txid(Transaction.read(penalty(penaltyType, feeRate)));
  }

  private PrivateKey revocationKey() {
    return LightningKeys.revocation(victimRevocationBasepoint, perCommitmentSecret);
  }

  private byte[] penalty(PenaltyType penaltyType, long feeRate, PrivateKey key) {
    long virtualSize = Math.ceilDiv(signedPenalty(penaltyType, 0, key).weight(), 4);
    return Transaction.write(signedPenalty(penaltyType, feeRate * virtualSize, key));
  }

  private Transaction signedPenalty(PenaltyType penaltyType, long fee, PrivateKey key) {
    int index = commitment.txOut.size() - 1;
    long toLocal = commitment.txOut.get(index).amount.toLong();
    long amount = toLocal;
    List<TxIn> inputs = new ArrayList<>();
    inputs.add(new TxIn(new OutPoint(commitment, index), TxIn.SEQUENCE_FINAL));
    if (penaltyType.spendsAnchor) {
      inputs.add(new TxIn(new OutPoint(commitment, ANCHOR), TxIn.SEQUENCE_FINAL));
      amount += commitment.txOut.get(ANCHOR).amount.toLong();
    }
    Transaction unsigned =
        new Transaction(
            penaltyType.version,
            inputs,
            List.of(
                new TxOut(new Satoshi(amount - fee), Script.pay2wpkh(victimPayment.publicKey()))),
            0);
    ByteVector signature = sign(unsigned, toLocalScript(), toLocal, key);
    return unsigned.updateWitness(
        0,
        new ScriptWitness(
            List.of(
                signature,
                new ByteVector(new byte[] {1}),
                new ByteVector(Script.write(toLocalScript())))));
  }

  /**
   * Returns the cheater's spend of their own output, raw and signed. It is valid {@link
   * #TO_SELF_DELAY} blocks after the commitment.
   *
   * @param fee in satoshi
   */
  public byte[] cheaterSweep(long fee) {
    int index = commitment.txOut.size() - 1;
    long amount = commitment.txOut.get(index).amount.toLong();
    Transaction unsigned =
        new Transaction(
            2,
            List.of(new TxIn(new OutPoint(commitment, index), TO_SELF_DELAY)),
            List.of(new TxOut(new Satoshi(amount - fee), Script.pay2wpkh(cheaterPayment))),
            0);
    ByteVector signature = sign(unsigned, toLocalScript(), amount, cheaterDelayed);
    return Transaction.write(
        unsigned.updateWitness(
            0,
            new ScriptWitness(
                List.of(
                    signature, ByteVector.empty, new ByteVector(Script.write(toLocalScript()))))));
  }

  /** Returns the penalty for the HTLC, raw and signed; {@code fee} in satoshi. */
  public byte[] htlcPenalty(long fee) {
    return Transaction.write(htlc.penalty(htlcOutput(), fee, victimScript()));
  }

  /** Returns the cheater's HTLC-timeout transaction, raw and signed. */
  public byte[] htlcTimeout() {
    return Transaction.write(htlc.timeout(htlcOutput()));
  }

  /**
   * Returns the penalty for the output of the cheater's HTLC-timeout transaction, raw and signed;
   * {@code fee} in satoshi.
   */
  public byte[] htlcTimeoutPenalty(long fee) {
    return Transaction.write(htlc.timeoutPenalty(htlcOutput(), fee, victimScript()));
  }

  private OutPoint htlcOutput() {
    return new OutPoint(commitment, commitment.txOut.indexOf(htlc.output()));
  }

  private List<ScriptElt> victimScript() {
    return Script.pay2wpkh(victimPayment.publicKey());
  }

  /**
   * Returns the cheater's child of a commitment with an anchor, raw and signed; it pays for both.
   *
   * @param fee in satoshi
   */
  public byte[] anchorChild(long fee) {
    return Transaction.write(signedAnchorChild(fee));
  }

  /** Returns the txid of {@code anchorChild(fee)}. */
  public Txid anchorChildTxid(long fee) {
    return txid(signedAnchorChild(fee));
  }

  private Transaction signedAnchorChild(long fee) {
    long anchor = commitment.txOut.get(ANCHOR).amount.toLong();
    return spendFeeCoin(
        ChannelFunding.FEE_COIN + anchor - fee,
        List.of(new TxIn(new OutPoint(commitment, ANCHOR), 0xffff_fffdL)));
  }

  /** Returns a transaction that conflicts with each {@link #anchorChild}, raw and signed. */
  public byte[] feeCoinSpend() {
    return Transaction.write(spendFeeCoin(ChannelFunding.FEE_COIN - 1_000, List.of()));
  }

  private Transaction spendFeeCoin(long amount, List<TxIn> more) {
    ByteVector script = new ByteVector(Script.write(Script.pay2wpkh(cheaterFunding.publicKey())));
    List<TxIn> inputs = new ArrayList<>();
    inputs.add(new TxIn(feeCoin.orElseThrow(), 0xffff_fffdL));
    inputs.addAll(more);
    Transaction unsigned =
        new Transaction(type.version(), inputs, List.of(new TxOut(new Satoshi(amount), script)), 0);
    ByteVector signature =
        sign(
            unsigned,
            Script.pay2pkh(cheaterFunding.publicKey()),
            ChannelFunding.FEE_COIN,
            cheaterFunding);
    return unsigned.updateWitness(
        0, new ScriptWitness(List.of(signature, cheaterFunding.publicKey().value)));
  }

  private static Txid txid(Transaction transaction) {
    return Txid.ofInternal(transaction.hash.value.toByteArray());
  }
}
