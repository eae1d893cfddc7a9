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
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Outputs that anyone can spend (P2WSH), and transactions from and to such outputs. */
public final class AnyoneCanSpend {

  private static final List<ScriptElt> ANYONE = List.of(OP_1.INSTANCE);
  private static final ByteVector SCRIPT = new ByteVector(Script.write(Script.pay2wsh(ANYONE)));
  private static final ScriptWitness WITNESS =
      new ScriptWitness(List.of(new ByteVector(Script.write(ANYONE))));
  private static final long REPLACEABLE = 0xffff_fffdL;

  /** Fee rate of {@link #fund}, satoshi per 1,000 virtual bytes. */
  private static final long FUNDING_RATE = 2_000;

  private AnyoneCanSpend() {}

  /**
   * Creates outputs with a transaction of the wallet of {@code bitcoind}, which is unconfirmed.
   *
   * @param amount of each output, satoshi
   */
  public static List<OutPoint> fund(Bitcoind bitcoind, int count, long amount) {
    List<TxOut> outputs = Collections.nCopies(count, new TxOut(new Satoshi(amount), SCRIPT));
    Transaction unfunded = new Transaction(2, List.of(), outputs, 0);
    JsonNode funded =
        bitcoind.rpc(
            "fundrawtransaction",
            HexFormat.of().formatHex(Transaction.write(unfunded)),
            Map.of("feeRate", BigDecimal.valueOf(FUNDING_RATE, 8)),
            false); // iswitness: without inputs, the format is ambiguous
    String signed =
        bitcoind
            .rpc("signrawtransactionwithwallet", funded.path("hex").asText())
            .path("hex")
            .asText();
    bitcoind.rpc("sendrawtransaction", signed);
    Transaction parent = Transaction.read(signed);
    List<OutPoint> points = new ArrayList<>();
    for (int i = 0; i < parent.txOut.size(); i++) {
      if (parent.txOut.get(i).publicKeyScript.equals(SCRIPT)) {
        points.add(new OutPoint(parent, i));
      }
    }
    return points;
  }

  /**
   * Returns a transaction that spends {@code inputs}.
   *
   * @param amounts of its outputs, satoshi
   */
  public static Transaction spend(List<OutPoint> inputs, long... amounts) {
    return spend(
        inputs,
        LongStream.of(amounts).mapToObj(amount -> new TxOut(new Satoshi(amount), SCRIPT)).toList());
  }

  private static Transaction spend(List<OutPoint> inputs, List<TxOut> outputs) {
    Transaction transaction =
        new Transaction(
            2, inputs.stream().map(input -> new TxIn(input, REPLACEABLE)).toList(), outputs, 0);
    for (int i = 0; i < inputs.size(); i++) {
      transaction = transaction.updateWitness(i, WITNESS);
    }
    return transaction;
  }
}
