package teos.teosd.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.HttpBitcoindRpc;
import teos.bitcoin.RpcCredentials;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.simulation.SimulatedNode;

/**
 * A simulated node and a real one that get the same calls and must give the same answers. The
 * simulation adopts the real node's blocks, so that even the hashes are equal.
 */
abstract class NodeComparison {

  final SimulatedNode simulated = new SimulatedNode();
  Bitcoind bitcoind;
  BitcoindRpc real;
  int adopted;

  @BeforeEach
  void start() throws Exception {
    bitcoind = Bitcoind.start(BitcoindOptions.DEFAULT.withoutZmq());
    configure(bitcoind);
    real =
        new HttpBitcoindRpc(
            "127.0.0.1", bitcoind.rpcPort(), new RpcCredentials.Cookie(bitcoind.cookieFile()));
    bitcoind.mine(110);
  }

  /** Restarts bitcoind with other arguments where a test needs that. */
  void configure(Bitcoind started) throws Exception {}

  boolean isKnots() {
    return bitcoind.rpc("getnetworkinfo").path("subversion").asText().contains("Knots");
  }

  @AfterEach
  void stop() throws Exception {
    bitcoind.close();
  }

  /** Copies the real node's new blocks into the simulation, from {@code height} on. */
  void adoptFrom(int height) throws Exception {
    for (adopted = height; adopted <= bitcoind.height(); adopted++) {
      byte[] raw = real.callForBytes("getblock", real.call("getblockhash", adopted).asText(), 0);
      simulated.withChain(
          chain -> {
            chain.adopt(raw);
            return true;
          });
    }
  }

  void mine() throws Exception {
    bitcoind.mine(1);
    adoptFrom(adopted);
    same("getbestblockhash");
    sameMempool();
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Returns the parts of a node's answer that a tower uses. */
  private Object outcome(BitcoindRpc node, List<String> fields, String method, Object... params)
      throws BitcoindException {
    try {
      JsonNode answer = node.call(method, params);
      return fields.isEmpty() ? answer : select(answer, fields);
    } catch (BitcoindException.Refused e) {
      return e.code() + " " + compared(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Strips the numbers and hints after the reason. Of a TRUC reason, whose first word differs
   * between Bitcoin Core and Knots, the hint is compared.
   */
  private static String firstWords(String reason) {
    return reason
        .replaceFirst("^(truc-[a-z-]+|TRUC-violation)(, |$)", "TRUC: ")
        .replaceFirst("[,;.].*", "");
  }

  /** Returns the part of a reason that must be equal; all of it where a test needs that. */
  String compared(String reason) {
    return firstWords(reason);
  }

  private Object select(JsonNode answer, List<String> fields) {
    if (answer.isArray()) {
      List<Object> all = new ArrayList<>();
      answer.forEach(element -> all.add(select(element, fields)));
      return all;
    }
    Map<String, String> selected = new TreeMap<>();
    for (String field : fields) {
      JsonNode value = answer.at("/" + field);
      selected.put(field, scalar(value));
    }
    return selected;
  }

  /** Numbers may have other trailing zeros, and arrays of txids another order. */
  private String scalar(JsonNode value) {
    if (value.isNumber()) {
      return new BigDecimal(value.asText()).stripTrailingZeros().toPlainString();
    }
    if (value.isArray()) {
      return texts(value).toString();
    }
    return value.isTextual() ? compared(value.asText()) : value.toString();
  }

  Object same(String method, Object... params) throws Exception {
    return sameIn(List.of(), method, params);
  }

  /** Calls both nodes and compares {@code fields} of their answers, or all if none are given. */
  Object sameIn(List<String> fields, String method, Object... params) throws Exception {
    Object expected = outcome(real, fields, method, params);
    assertThat(outcome(new SimulatedRpc(simulated), fields, method, params))
        .as("%s %s", method, List.of(params))
        .isEqualTo(expected);
    return expected;
  }

  void sameMempool() throws Exception {
    assertThat(texts(simulated.call("getrawmempool"))).isEqualTo(texts(real.call("getrawmempool")));
  }

  static Set<String> texts(JsonNode array) {
    Set<String> texts = new TreeSet<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts;
  }

  Object send(byte[] raw) throws Exception {
    Object answer = same("sendrawtransaction", hex(raw), 0);
    sameMempool();
    return answer;
  }

  Object test(byte[] raw) throws Exception {
    return sameIn(
        List.of("txid", "wtxid", "allowed", "reject-reason"),
        "testmempoolaccept",
        List.of(hex(raw)),
        0);
  }

  /** Compares the result of a package, which is keyed by wtxid. */
  Object submit(byte[] parent, byte[] child) throws Exception {
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

  /** Replaces the blocks above {@code fork} with empty ones, one more than before. */
  void reorgTo(int fork) throws Exception {
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
}
