package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OP_1;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Fills the mempool of a bitcoind that was started with {@code -maxmempool=5}, so that it rejects
 * transactions with a low fee rate.
 */
public final class FullMempool {

  /** Transactions that fill the mempool once, with some to spare. */
  private static final int TRANSACTIONS = 60;

  private static final int OUTPUTS = 2_200; // 95 kvB; standardness allows 100
  private static final long UTXO_AMOUNT = 100_000_000;
  private static final long OUTPUT_AMOUNT = 400;
  private static final List<ScriptElt> ANYONE_CAN_SPEND = List.of(OP_1.INSTANCE);

  private final Bitcoind bitcoind;
  private final Queue<OutPoint> utxos;

  /** Creates and confirms outputs for filling the mempool {@code times} times. */
  public FullMempool(Bitcoind bitcoind, int times) {
    this.bitcoind = bitcoind;
    this.utxos = new ArrayDeque<>(createUtxos(bitcoind, times * TRANSACTIONS));
  }

  /** Fills the mempool once, after mining a block; see {@link #fill(long)}. */
  public static void fill(Bitcoind bitcoind, long feeRate) {
    new FullMempool(bitcoind, 1).fill(feeRate);
  }

  /**
   * Fills the mempool until its minimum fee rate exceeds {@code feeRate}. Mines no block.
   *
   * @param feeRate in sat/vB; at least four times as high as before
   */
  public void fill(long feeRate) {
    TxOut output = new TxOut(new Satoshi(OUTPUT_AMOUNT), Script.pay2wsh(ANYONE_CAN_SPEND));
    long fee = 2 * feeRate * OUTPUTS * 43;
    List<TxOut> outputs = new ArrayList<>(Collections.nCopies(OUTPUTS, output));
    for (int i = 0; i < TRANSACTIONS; i++) {
      outputs.set(
          0,
          new TxOut(
              new Satoshi(UTXO_AMOUNT - fee - (OUTPUTS - 1) * OUTPUT_AMOUNT),
              output.publicKeyScript));
      Transaction transaction =
          new Transaction(2, List.of(new TxIn(utxos.remove(), 0xffff_fffdL)), outputs, 0)
              .updateWitness(
                  0, new ScriptWitness(List.of(new ByteVector(Script.write(ANYONE_CAN_SPEND)))));
      bitcoind.rpc(
          "sendrawtransaction", HexFormat.of().formatHex(Transaction.write(transaction)), 0);
      fee += 1_000; // each transaction evicts earlier ones, which pay less
      if (isMinFeeAbove(bitcoind, feeRate)) {
        return;
      }
    }
    throw new IllegalStateException(
        "the mempool is not full after "
            + TRANSACTIONS
            + " transactions: "
            + bitcoind.rpc("getmempoolinfo"));
  }

  private static boolean isMinFeeAbove(Bitcoind bitcoind, long feeRate) {
    JsonNode info = bitcoind.rpc("getmempoolinfo");
    return info.path("mempoolminfee").decimalValue().movePointRight(5).longValue() > feeRate;
  }

  /** Creates confirmed outputs that anyone can spend. */
  private static List<OutPoint> createUtxos(Bitcoind bitcoind, int count) {
    String script = HexFormat.of().formatHex(Script.write(Script.pay2wsh(ANYONE_CAN_SPEND)));
    String address = bitcoind.rpc("decodescript", script).path("address").asText();
    List<OutPoint> utxos = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String txid =
          bitcoind
              .rpc("sendmany", "", Map.of(address, BigDecimal.valueOf(UTXO_AMOUNT, 8)))
              .asText();
      JsonNode transaction = bitcoind.rpc("getrawtransaction", txid, true);
      for (JsonNode output : transaction.path("vout")) {
        if (output.path("scriptPubKey").path("hex").asText().equals(script)) {
          utxos.add(new OutPoint(new TxId(txid), output.path("n").asLong()));
        }
      }
    }
    bitcoind.mine(1);
    return utxos;
  }
}
