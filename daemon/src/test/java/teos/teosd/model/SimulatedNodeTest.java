package teos.teosd.model;

import static org.assertj.core.api.Assertions.assertThat;

import fr.acinq.bitcoin.Transaction;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.testkit.BitcoindRpcException;
import teos.testkit.LightningChannel;

/**
 * Compares the simulated node with a real one: the same sequence of calls must give the same
 * answers.
 */
@Tag("bitcoind")
class SimulatedNodeTest extends NodeComparison {

  private static final String UNKNOWN = "11".repeat(32);
  private static final long CLOSE_FEE = 5_000;

  private void sameOutputs(LightningChannel channel) throws Exception {
    String dispute = channel.commitmentTxid().toString();
    List<String> fields = List.of("bestblock", "confirmations", "coinbase");
    for (boolean withMempool : new boolean[] {false, true}) {
      sameIn(fields, "gettxout", dispute, 0, withMempool);
      sameIn(fields, "gettxout", dispute, 1, withMempool);
      sameIn(fields, "gettxout", dispute, 2, withMempool);
    }
    Transaction commitment = Transaction.read(channel.commitment());
    String funding = commitment.txIn.getFirst().outPoint.txid.value.toHex();
    long index = commitment.txIn.getFirst().outPoint.index;
    sameIn(fields, "gettxout", funding, index);
    List<String> spent = List.of("txid", "vout", "spendingtxid");
    sameIn(
        spent,
        "gettxspendingprevout",
        List.of(Map.of("txid", dispute, "vout", 1), Map.of("txid", funding, "vout", index)));
    sameIn(List.of("vsize", "weight", "wtxid", "depends"), "getmempoolentry", dispute);
    same("getrawtransaction", dispute);
  }

  private void sameChain() throws Exception {
    List<String> header =
        List.of(
            "hash",
            "confirmations",
            "height",
            "previousblockhash",
            "nextblockhash",
            "chainwork",
            "nTx");
    int height = bitcoind.height();
    for (int at : new int[] {0, 1, height - 1, height}) {
      String hash = String.valueOf(same("getblockhash", at)).replace("\"", "");
      sameIn(header, "getblockheader", hash);
      same("getblock", hash, 0);
    }
    assertThat(same("getblockhash", height + 1)).isEqualTo("-8 Block height out of range");
    assertThat(same("getblockhash", -1)).isEqualTo("-8 Block height out of range");
    assertThat(same("getblockheader", UNKNOWN)).isEqualTo("-5 Block not found");
    assertThat(same("getblock", UNKNOWN, 0)).isEqualTo("-5 Block not found");
    same("getbestblockhash");
    same("getblockcount");
    sameIn(
        List.of("chain", "blocks", "headers", "bestblockhash", "chainwork", "pruned"),
        "getblockchaininfo");
    same("getzmqnotifications");
  }

  @Test
  void call_answersLikeARealNode() throws Exception {
    List<LightningChannel> channels = LightningChannel.openMany(bitcoind, 4);
    adoptFrom(1);
    sameChain();
    LightningChannel channel = channels.get(0);

    assertThat(send(channel.penalty(10))).isEqualTo("-25 bad-txns-inputs-missingorspent");
    test(channel.penalty(10));
    same("sendrawtransaction", "00", 0);
    same("sendrawtransaction", "zz", 0);
    sameOutputs(channel);

    send(channel.commitment());
    send(channel.commitment());
    test(channel.commitment());
    sameOutputs(channel);
    assertThat(send(channel.penalty(0))).isEqualTo("-26 min relay fee not met");
    test(channel.penalty(0));
    send(channel.penalty(10));
    assertThat(send(channel.penalty(3))).isEqualTo("-26 insufficient fee");
    test(channel.penalty(3));
    send(channel.penalty(10));
    sameOutputs(channel);
    send(channel.penalty(90));
    assertThat(send(channel.closing(CLOSE_FEE))).isEqualTo("-26 insufficient fee");
    sameOutputs(channel);

    LightningChannel closed = channels.get(1);
    send(closed.commitment());
    send(closed.penalty(10));
    send(closed.closing(CLOSE_FEE)); // replaces both
    assertThat(send(closed.commitment())).isEqualTo("-26 insufficient fee");
    send(closed.penalty(10));
    sameOutputs(closed);

    LightningChannel packed = channels.get(2);
    submit(packed.commitment(), packed.penalty(10));
    submit(packed.commitment(), packed.penalty(10));
    submit(packed.commitment(), packed.penalty(14));
    submit(packed.commitment(), packed.penalty(3));
    submit(closed.commitment(), closed.penalty(10)); // conflicts with the close
    sameOutputs(packed);

    int fork = bitcoind.height();
    mine();
    sameChain();
    assertThat(send(channel.commitment())).isEqualTo("-27 Transaction outputs already in utxo set");
    assertThat(send(channel.penalty(90))).isEqualTo("-27 Transaction outputs already in utxo set");
    assertThat(send(channel.penalty(10))).isEqualTo("-25 bad-txns-inputs-missingorspent");
    assertThat(send(closed.commitment())).isEqualTo("-25 bad-txns-inputs-missingorspent");
    test(channel.commitment());
    test(channel.penalty(90));
    submit(packed.commitment(), packed.penalty(14));
    submit(closed.commitment(), closed.penalty(10));
    sameOutputs(channel);
    sameOutputs(closed);
    same("getrawtransaction", channel.commitmentTxid().toString(), false, bitcoind.bestBlockHash());
    same("getrawtransaction", UNKNOWN, false, bitcoind.bestBlockHash());

    LightningChannel half = channels.get(3);
    bitcoind.mineBlockWith(List.of(hex(half.commitment())));
    adoptFrom(adopted);
    submit(half.commitment(), half.penalty(10));
    sameOutputs(half);

    reorgTo(fork);
    sameChain();
    sameMempool();
    for (LightningChannel each : channels) {
      sameOutputs(each);
      send(each.commitment());
      send(each.penalty(10));
    }
    mine();
    sameChain();
  }

  @Test
  void unsupportedCall_fails() {
    assertThat(catchCode("stop")).isEqualTo(-32601);
  }

  private int catchCode(String method) {
    try {
      simulated.call(method);
      return 0;
    } catch (BitcoindRpcException e) {
      return e.code();
    }
  }
}
