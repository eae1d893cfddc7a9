package teos.testkit;

import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.Crypto;
import fr.acinq.bitcoin.OP_2;
import fr.acinq.bitcoin.OP_CHECKMULTISIG;
import fr.acinq.bitcoin.OP_CHECKSIG;
import fr.acinq.bitcoin.OP_DROP;
import fr.acinq.bitcoin.OP_DUP;
import fr.acinq.bitcoin.OP_ELSE;
import fr.acinq.bitcoin.OP_ENDIF;
import fr.acinq.bitcoin.OP_EQUAL;
import fr.acinq.bitcoin.OP_EQUALVERIFY;
import fr.acinq.bitcoin.OP_HASH160;
import fr.acinq.bitcoin.OP_IF;
import fr.acinq.bitcoin.OP_NOTIF;
import fr.acinq.bitcoin.OP_PUSHDATA;
import fr.acinq.bitcoin.OP_SIZE;
import fr.acinq.bitcoin.OP_SWAP;
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
import java.util.List;

/**
 * HTLC that the cheater has offered, as an output of the cheater's commitment (BOLT 3), and the
 * transactions that spend it: the victim's penalty, the cheater's HTLC-timeout transaction, and the
 * victim's penalty for the output of that one. The timeout has passed already.
 */
final class HtlcOutput {

  /** Value in satoshi. */
  static final long AMOUNT = 100_000;

  /** Fee of the HTLC-timeout transaction in satoshi. */
  private static final long TIMEOUT_FEE = 1_000;

  private static final int WITNESS_V0 = 1;
  private static final long REPLACEABLE = 0xffff_fffdL;

  private final PrivateKey cheater;
  private final PrivateKey victim;
  private final PrivateKey revocation;
  private final List<ScriptElt> delayedScript;
  private final byte[] paymentHash;

  /**
   * @param revocation the private revocation key
   * @param delayedScript script of outputs that the cheater can spend after the delay
   */
  HtlcOutput(PrivateKey revocation, List<ScriptElt> delayedScript, SecureRandom random) {
    this.cheater = LightningKeys.random(random);
    this.victim = LightningKeys.random(random);
    this.revocation = revocation;
    this.delayedScript = delayedScript;
    this.paymentHash = Crypto.sha256(cheater.publicKey().value.toByteArray());
  }

  TxOut output() {
    return new TxOut(new Satoshi(AMOUNT), Script.pay2wsh(script()));
  }

  private List<ScriptElt> script() {
    PublicKey revocationKey = revocation.publicKey();
    return List.of(
        OP_DUP.INSTANCE,
        OP_HASH160.INSTANCE,
        new OP_PUSHDATA(Crypto.hash160(revocationKey.value.toByteArray())),
        OP_EQUAL.INSTANCE,
        OP_IF.INSTANCE,
        OP_CHECKSIG.INSTANCE,
        OP_ELSE.INSTANCE,
        new OP_PUSHDATA(victim.publicKey()),
        OP_SWAP.INSTANCE,
        OP_SIZE.INSTANCE,
        new OP_PUSHDATA(Script.encodeNumber(32)),
        OP_EQUAL.INSTANCE,
        OP_NOTIF.INSTANCE,
        OP_DROP.INSTANCE,
        OP_2.INSTANCE,
        OP_SWAP.INSTANCE,
        new OP_PUSHDATA(cheater.publicKey()),
        OP_2.INSTANCE,
        OP_CHECKMULTISIG.INSTANCE,
        OP_ELSE.INSTANCE,
        OP_HASH160.INSTANCE,
        new OP_PUSHDATA(Crypto.ripemd160(paymentHash)),
        OP_EQUALVERIFY.INSTANCE,
        OP_CHECKSIG.INSTANCE,
        OP_ENDIF.INSTANCE,
        OP_ENDIF.INSTANCE);
  }

  /** Returns the penalty for the output {@code htlc} of the commitment; {@code fee} in satoshi. */
  Transaction penalty(OutPoint htlc, long fee, List<ScriptElt> to) {
    Transaction unsigned = spend(htlc, AMOUNT - fee, Script.write(to));
    return unsigned.updateWitness(
        0,
        new ScriptWitness(
            List.of(
                sign(unsigned, script(), AMOUNT, revocation),
                revocation.publicKey().value,
                new ByteVector(Script.write(script())))));
  }

  /** Returns the cheater's HTLC-timeout transaction. */
  Transaction timeout(OutPoint htlc) {
    Transaction unsigned =
        spend(htlc, AMOUNT - TIMEOUT_FEE, Script.write(Script.pay2wsh(delayedScript)));
    return unsigned.updateWitness(
        0,
        new ScriptWitness(
            List.of(
                ByteVector.empty,
                sign(unsigned, script(), AMOUNT, victim),
                sign(unsigned, script(), AMOUNT, cheater),
                ByteVector.empty,
                new ByteVector(Script.write(script())))));
  }

  /** Returns the penalty for the output of {@link #timeout}; {@code fee} in satoshi. */
  Transaction timeoutPenalty(OutPoint htlc, long fee, List<ScriptElt> to) {
    long amount = AMOUNT - TIMEOUT_FEE;
    Transaction unsigned = spend(new OutPoint(timeout(htlc), 0), amount - fee, Script.write(to));
    return unsigned.updateWitness(
        0,
        new ScriptWitness(
            List.of(
                sign(unsigned, delayedScript, amount, revocation),
                new ByteVector(new byte[] {1}),
                new ByteVector(Script.write(delayedScript)))));
  }

  private static Transaction spend(OutPoint input, long amount, byte[] script) {
    return new Transaction(
        2,
        List.of(new TxIn(input, REPLACEABLE)),
        List.of(new TxOut(new Satoshi(amount), new ByteVector(script))),
        0);
  }

  private static ByteVector sign(
      Transaction transaction, List<ScriptElt> script, long amount, PrivateKey key) {
    return new ByteVector(
        transaction.signInput(
            0, script, SigHash.SIGHASH_ALL, new Satoshi(amount), WITNESS_V0, key));
  }
}
