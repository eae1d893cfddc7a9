package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.testkit.Bitcoind;
import teos.testkit.FaultyLink;
import teos.testkit.FaultyLink.Fault;

/** Calls of a real bitcoind, over a link with faults. */
class HttpBitcoindRpcTest {

  private static Bitcoind bitcoind;

  private FaultyLink link;
  private HttpBitcoindRpc rpc;

  @BeforeAll
  static void start() throws Exception {
    bitcoind = Bitcoind.start();
    bitcoind.mine(3);
  }

  @AfterAll
  static void stop() throws Exception {
    bitcoind.close();
  }

  @BeforeEach
  void open() throws Exception {
    link = FaultyLink.to(bitcoind.rpcPort());
    rpc =
        new HttpBitcoindRpc(
            "127.0.0.1", link.port(), new RpcCredentials.Cookie(bitcoind.cookieFile()));
  }

  @AfterEach
  void close() throws Exception {
    link.close();
  }

  @Test
  void oneConnectionCarriesManyCalls() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
      String hash = rpc.call("getblockhash", 3).asText();
      assertThat(rpc.callForBytes("getblock", hash, 0)).hasSizeGreaterThan(80);
      refused(RpcErrorCode.INVALID_PARAMETER, "getblockhash", 99);
    }
    assertThat(link.connections()).isEqualTo(1);
  }

  private void refused(int code, String method, Object... params) {
    assertThatThrownBy(() -> rpc.call(method, params))
        .isInstanceOfSatisfying(
            BitcoindException.Refused.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void manyCallsInOneEndBeforeTheFirstThatIsRefused() throws Exception {
    List<JsonNode> hashes =
        rpc.callEach(
            "getblockhash",
            List.of(
                new Object[] {1}, new Object[] {2}, new Object[] {9}, new Object[] {3}));
    assertThat(hashes)
        .extracting(JsonNode::asText)
        .containsExactly(
            bitcoind.rpc("getblockhash", 1).asText(), bitcoind.rpc("getblockhash", 2).asText());
    assertThat(link.connections()).isEqualTo(1);
  }

  @Test
  void aKeptConnectionThatHasDiedIsReplaced() throws Exception {
    for (int calls = 1; calls <= 5; calls++) {
      assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
      assertThat(link.connections()).isEqualTo(calls);
      link.cut();
    }
  }

  @Test
  void aFreshConnectionThatDiesIsNotTriedAgain() {
    link.set(new Fault.Refuses());
    assertThatThrownBy(() -> rpc.call("getblockcount"))
        .isInstanceOf(BitcoindException.Unavailable.class)
        .hasMessageContaining("does not answer");
    assertThat(link.connections()).isEqualTo(1);
  }

  @Test
  void silenceHasAnEndAndTheNextCallAFreshConnection() throws Exception {
    assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
    link.setQuietly(new Fault.BlackHole());
    assertThatThrownBy(() -> rpc.call("getblockcount"))
        .isInstanceOf(BitcoindException.Unavailable.class)
        .hasMessageContaining("not in time");
    link.setQuietly(new Fault.None());
    assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
    assertThat(link.connections()).isEqualTo(2);
  }

  @Test
  void aLongCallThatNobodyReadsHasAnEndToo() {
    link.set(new Fault.Deaf());
    String more = "00".repeat(15_000_000); // than the buffers of both sides hold
    assertThatThrownBy(() -> rpc.call("decoderawtransaction", more))
        .isInstanceOf(BitcoindException.Unavailable.class)
        .hasMessageContaining("not in time");
    assertThat(link.connections()).isEqualTo(1);
  }

  @Test
  void aSlowAnswerIsWaitedFor() throws Exception {
    link.set(new Fault.Slow(Duration.ofMillis(700)));
    assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
  }

  @Test
  void whatIsWrongHasItsOwnException() {
    assertFails(new Fault.Http(503, "busy"), BitcoindException.Busy.class, "too busy");
    assertFails(
        new Fault.RpcError(-28, "Verifying blocks…"),
        BitcoindException.WarmingUp.class,
        "bitcoind is starting: Verifying blocks…");
    assertFails(
        new Fault.Http(401, ""),
        BitcoindException.Unauthorized.class,
        "does not accept the credentials");
    assertFails(
        new Fault.Http(502, "<html>"), BitcoindException.Unavailable.class, "is not bitcoind's");
  }

  @Test
  void forbiddenMethodIsNamedAndFailsAlone() {
    assertFails(
        new Fault.Http(403, ""),
        BitcoindException.MethodForbidden.class,
        "does not allow the tower to call getblock");
  }

  @Test
  void malformedResponseFailsOneCall() throws Exception {
    for (String body : List.of("{\"result\":1", "", "<html>", "{}", "[]", "\"x\"")) {
      for (int status : new int[] {200, 500}) {
        assertFails(
            new Fault.Http(status, body),
            BitcoindException.MalformedResponse.class,
            "cannot be read (HTTP " + status + ")");
      }
    }
    link.set(new Fault.Http(200, "{\"result\":\"xy\",\"error\":null}"));
    assertThatThrownBy(() -> rpc.callForBytes("getblock", "00", 0))
        .isInstanceOf(BitcoindException.MalformedResponse.class);
    assertThatThrownBy(() -> rpc.callForTxids("getrawmempool"))
        .isInstanceOf(BitcoindException.MalformedResponse.class);
    link.set(new Fault.None());
    assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
  }

  private void assertFails(Fault fault, Class<?> exception, String message) {
    link.set(fault);
    assertThatThrownBy(() -> rpc.call("getblockcount"))
        .isInstanceOf(exception)
        .hasMessageContaining(message);
    assertThatThrownBy(() -> rpc.callEach("getblockhash", List.<Object[]>of(new Object[] {1})))
        .isInstanceOf(exception)
        .hasMessageContaining(message);
  }
}
