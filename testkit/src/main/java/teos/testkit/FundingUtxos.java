package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OP_1;
import fr.acinq.bitcoin.OP_DROP;
import fr.acinq.bitcoin.OP_PUSHDATA;
import fr.acinq.bitcoin.OP_RETURN;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.Script;
import fr.acinq.bitcoin.ScriptElt;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import teos.protocol.Txid;

/**
 * Confirmed outputs that anyone can spend, from which tests create many transactions without
 * signing.
 */
public final class FundingUtxos {

  private static final int OUTPUTS_PER_TRANSACTION = 1_000;
  private static final long UTXO_AMOUNT = 5_000;

  private final ByteVector witnessScript;
  private final ByteVector script;
  private final List<OutPoint> utxos = new ArrayList<>();

  /**
   * Creates and confirms {@code count} outputs of 5,000 satoshi each.
   *
   * @param padding extra bytes in the witness of each transaction that spends such an output; at
   *     most 520
   */
  public FundingUtxos(Bitcoind bitcoind, int count, int padding) {
    List<ScriptElt> anyone =
        padding == 0
            ? List.of(OP_1.INSTANCE)
            : List.of(new OP_PUSHDATA(new byte[padding]), OP_DROP.INSTANCE, OP_1.INSTANCE);
    this.witnessScript = new ByteVector(Script.write(anyone));
    this.script = new ByteVector(Script.write(Script.pay2wsh(anyone)));
    while (utxos.size() < count) {
      createUtxos(bitcoind, count);
      if (utxos.size() % (20 * OUTPUTS_PER_TRANSACTION) == 0) {
        bitcoind.mine(1);
        System.out.printf("%,d outputs confirmed%n", utxos.size());
      }
    }
    bitcoind.mine(1);
  }

  private void createUtxos(Bitcoind bitcoind, int count) {
    TxOut output = new TxOut(new Satoshi(UTXO_AMOUNT), script);
    Transaction unfunded =
        new Transaction(2, List.of(), Collections.nCopies(OUTPUTS_PER_TRANSACTION, output), 0);
    Map<String, Object> options = Map.of("feeRate", BigDecimal.valueOf(2_000, 8));
    JsonNode funded =
        bitcoind.rpc(
            "fundrawtransaction",
            HexFormat.of().formatHex(Transaction.write(unfunded)),
            options,
            false); // iswitness: without inputs, the format is ambiguous
    String signed =
        bitcoind
            .rpc("signrawtransactionwithwallet", funded.path("hex").asText())
            .path("hex")
            .asText();
    String txid = bitcoind.rpc("sendrawtransaction", signed).asText();
    Transaction parent = Transaction.read(signed);
    for (int i = 0; i < parent.txOut.size() && utxos.size() < count; i++) {
      if (parent.txOut.get(i).publicKeyScript.equals(script)) {
        utxos.add(new OutPoint(new TxId(txid), i));
      }
    }
  }

  /**
   * Spends each output in its own raw transaction, whose only output takes its place here.
   *
   * @param fee in satoshi, of each transaction
   * @return the raw transactions in hex
   */
  public List<String> spend(long fee) {
    List<String> transactions = new ArrayList<>(utxos.size());
    ScriptWitness witness = new ScriptWitness(List.of(witnessScript));
    for (int i = 0; i < utxos.size(); i++) {
      Transaction spending =
          new Transaction(
                  2,
                  List.of(new TxIn(utxos.get(i), 0xffff_fffdL)),
                  List.of(new TxOut(new Satoshi(UTXO_AMOUNT - fee), script)),
                  0)
              .updateWitness(0, witness);
      transactions.add(HexFormat.of().formatHex(Transaction.write(spending)));
      utxos.set(i, new OutPoint(spending.txid, 0));
    }
    return transactions;
  }

  /**
   * Returns a raw transaction that spends the output of {@code raw}, which comes from {@link
   * #spend}.
   *
   * @param fee in satoshi
   * @param padding bytes of an additional OP_RETURN output; 0 for no such output
   */
  public byte[] child(String raw, long fee, int padding) {
    Transaction parent = Transaction.read(raw);
    long amount = parent.txOut.getFirst().amount.toLong() - fee;
    List<TxOut> outputs = new ArrayList<>(List.of(new TxOut(new Satoshi(amount), script)));
    if (padding > 0) {
      outputs.add(
          new TxOut(
              new Satoshi(0),
              Script.write(List.of(OP_RETURN.INSTANCE, new OP_PUSHDATA(new byte[padding])))));
    }
    Transaction child =
        new Transaction(
                2, List.of(new TxIn(new OutPoint(parent, 0), TxIn.SEQUENCE_FINAL)), outputs, 0)
            .updateWitness(0, new ScriptWitness(List.of(witnessScript)));
    return Transaction.write(child);
  }

  /** Returns the txid of a raw transaction in hex. */
  public static Txid txid(String raw) {
    return Txid.ofInternal(Transaction.read(raw).hash.value.toByteArray());
  }
}
