package teos.teosd.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.Transaction;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.HttpBitcoindRpc;
import teos.bitcoin.RpcCredentials;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.BitcoindRpcException;
import teos.testkit.LightningChannel;
import teos.testkit.simulation.SimulatedNode;

/**
 * Compares the simulated node with a real one: the same sequence of calls must give the same
 * answers. The simulation adopts the real node's blocks, so that even the hashes are equal.
 */
@Tag("bitcoind")
class SimulatedNodeTest {

  private static final String UNKNOWN = "11".repeat(32);
  private static final long CLOSE_FEE = 5_000;

  private final SimulatedNode simulated = new SimulatedNode();
  private Bitcoind bitcoind;
  private BitcoindRpc real;
  private int adopted;

  @BeforeEach
  void start() throws Exception {
    bitcoind = Bitcoind.start(BitcoindOptions.DEFAULT.withoutZmq());
    real =
        new HttpBitcoindRpc(
            "127.0.0.1", bitcoind.rpcPort(), new RpcCredentials.Cookie(bitcoind.cookieFile()));
    bitcoind.mine(110);
  }

  @AfterEach
  void stop() throws Exception {
    bitcoind.close();
  }

  /** Copies the real node's new blocks into the simulation, from {@code height} on. */
  private void adoptFrom(int height) throws Exception {
    for (adopted = height; adopted <= bitcoind.height(); adopted++) {
      byte[] raw = real.callForBytes("getblock", real.call("getblockhash", adopted).asText(), 0);
      simulated.withChain(
          chain -> {
            chain.adopt(raw);
            return true;
          });
    }
  }

  private void mine() throws Exception {
    bitcoind.mine(1);
    adoptFrom(adopted);
    same("getbestblockhash");
    sameMempool();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Returns the parts of a node's answer that a tower uses. */
  private static Object outcome(
      BitcoindRpc node, List<String> fields, String method, Object... params)
      throws BitcoindException {
    try {
      JsonNode answer = node.call(method, params);
      return fields.isEmpty() ? answer : select(answer, fields);
    } catch (BitcoindException.Refused e) {
      return e.code() + " " + firstWords(String.valueOf(e.getMessage()));
    }
  }

  /** Strips the numbers and hints after the reason. */
  private static String firstWords(String reason) {
    return reason.replaceFirst("[,;.].*", "");
  }

  private static Object select(JsonNode answer, List<String> fields) {
    if (answer.isArray()) {
      List<Object> all = new ArrayList<>();
      answer.forEach(element -> all.add(select(element, fields)));
      return all;
    }
    Map<String, String> selected = new TreeMap<>();
    for (String field : fields) {
      JsonNode value = answer.at("/" + field);
      selected.put(field, value.isTextual() ? firstWords(value.asText()) : value.toString());
    }
    return selected;
  }

  private Object same(String method, Object... params) throws Exception {
    return sameIn(List.of(), method, params);
  }

  /** Calls both nodes and compares {@code fields} of their answers, or all if none are given. */
  private Object sameIn(List<String> fields, String method, Object... params) throws Exception {
    Object expected = outcome(real, fields, method, params);
    assertThat(outcome(new SimulatedRpc(simulated), fields, method, params))
        .as("%s %s", method, List.of(params))
        .isEqualTo(expected);
    return expected;
  }

  private void sameMempool() throws Exception {
    assertThat(texts(simulated.call("getrawmempool"))).isEqualTo(texts(real.call("getrawmempool")));
  }

  private static Set<String> texts(JsonNode array) {
    Set<String> texts = new TreeSet<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts;
  }

  private Object send(byte[] raw) throws Exception {
    Object answer = same("sendrawtransaction", hex(raw), 0);
    sameMempool();
    return answer;
  }

  private Object test(byte[] raw) throws Exception {
    return sameIn(
        List.of("txid", "wtxid", "allowed", "reject-reason"),
        "testmempoolaccept",
        List.of(hex(raw)),
        0);
  }

  /** Compares the result of a package, which is keyed by wtxid. */
  private Object submit(byte[] parent, byte[] child) throws Exception {
    List<String> fields = new ArrayList<>(List.of("package_msg"));
    for (byte[] raw : List.of(parent, child)) {
      JsonNode tested = real.call("testmempoolaccept", List.of(hex(raw)), 0);
      String wtxid = tested.path(0).path("wtxid").asText();
      fields.add("tx-results/" + wtxid + "/txid");
      fields.add("tx-results/" + wtxid + "/error");
    }
    Object answer = sameIn(fields, "submitpackage", List.of(hex(parent), hex(child)));
    sameMempool();
    return answer;
  }

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

  /** Replaces the last blocks by empty ones, one more of them. */
  private void reorgTo(int fork) throws Exception {
    int height = bitcoind.height();
    String lost = real.call("getblockhash", fork + 1).asText();
    bitcoind.rpc("invalidateblock", lost);
    for (int i = fork; i <= height; i++) {
      bitcoind.mineBlockWith(List.of());
    }
    bitcoind.rpc("reconsiderblock", lost);
    adoptFrom(fork + 1);
    sameIn(List.of("confirmations", "height"), "getblockheader", lost);
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
