package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.testkit.Bitcoind;
import teos.testkit.FaultyLink;
import teos.testkit.FaultyLink.Fault;
import teos.testkit.junit.TestBitcoind;

/** Calls a real bitcoind over a faulty link. */
@Tag("bitcoind")
class HttpBitcoindRpcTest {

  @TestBitcoind(blocks = 3)
  private static Bitcoind bitcoind;

  private FaultyLink link;
  private HttpBitcoindRpc rpc;

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
  void reusesTheConnectionForManyCalls() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
      String hash = rpc.call("getblockhash", 3).asText();
      assertThat(rpc.callForBytes("getblock", hash, 0)).hasSizeGreaterThan(80);
      assertRefused(RpcErrorCode.INVALID_PARAMETER, "getblockhash", 99);
    }
    assertThat(link.connections()).isEqualTo(1);
  }

  private void assertRefused(int code, String method, Object... params) {
    assertThatThrownBy(() -> rpc.call(method, params))
        .isInstanceOfSatisfying(
            BitcoindException.Refused.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void callEach_endsBeforeTheFirstRefusedCall() throws Exception {
    List<JsonNode> hashes =
        rpc.callEach(
            "getblockhash",
            List.of(new Object[] {1}, new Object[] {2}, new Object[] {9}, new Object[] {3}));
    assertThat(hashes)
        .extracting(JsonNode::asText)
        .containsExactly(
            bitcoind.rpc("getblockhash", 1).asText(), bitcoind.rpc("getblockhash", 2).asText());
    assertThat(link.connections()).isEqualTo(1);
  }

  @Test
  void deadIdleConnection_isReplaced() throws Exception {
    for (int calls = 1; calls <= 5; calls++) {
      assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
      assertThat(link.connections()).isEqualTo(calls);
      link.dropConnections();
    }
  }

  @Test
  void failedNewConnection_isNotRetried() {
    link.set(new Fault.ClosesAtOnce());
    assertThatThrownBy(() -> rpc.call("getblockcount"))
        .isInstanceOf(BitcoindException.Unavailable.class)
        .hasMessageContaining("does not answer");
    assertThat(link.connections()).isEqualTo(1);
  }

  @Test
  void silentBitcoind_timesOut_andTheNextCallUsesANewConnection() throws Exception {
    assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
    link.setKeepingConnections(new Fault.BlackHole());
    assertThatThrownBy(() -> rpc.call("getblockcount"))
        .isInstanceOf(BitcoindException.Unavailable.class)
        .hasMessageContaining("timed out");
    link.setKeepingConnections(new Fault.None());
    assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
    assertThat(link.connections()).isEqualTo(2);
  }

  @Test
  void requestThatBitcoindDoesNotRead_timesOut() {
    link.set(new Fault.NeverReads());
    String large = "00".repeat(15_000_000); // more than the socket buffers of both sides
    assertThatThrownBy(() -> rpc.call("decoderawtransaction", large))
        .isInstanceOf(BitcoindException.Unavailable.class)
        .hasMessageContaining("timed out");
    assertThat(link.connections()).isEqualTo(1);
  }

  @Test
  void waitsForASlowAnswer() throws Exception {
    link.set(new Fault.SlowResponses(Duration.ofMillis(700)));
    assertThat(rpc.call("getblockcount").asInt()).isEqualTo(3);
  }

  @Test
  void eachFailure_hasItsOwnException() {
    assertFails(new Fault.HttpResponse(503, "busy"), BitcoindException.Busy.class, "too busy");
    assertFails(
        new Fault.RpcError(-28, "Verifying blocks…"),
        BitcoindException.WarmingUp.class,
        "bitcoind is starting: Verifying blocks…");
    assertFails(
        new Fault.HttpResponse(401, ""),
        BitcoindException.Unauthorized.class,
        "does not accept the credentials");
    assertFails(
        new Fault.HttpResponse(502, "<html>"),
        BitcoindException.Unavailable.class,
        "is not bitcoind's");
  }

  @Test
  void serverWithoutHttp_isNotBitcoind() throws Exception {
    assertNotRpc(bitcoind.zmqPort());
    byte[] alert = {21, 3, 3, 0, 2, 2, 70}; // TLS
    byte[] settings = {0, 0, 0, 4, 0, 0, 0, 0, 0}; // HTTP/2, and so gRPC
    for (byte[] greeting : List.of(alert, settings)) {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        Thread.ofVirtual().start(() -> greet(server, greeting));
        assertNotRpc(server.getLocalPort());
      }
    }
  }

  private static void assertNotRpc(int port) {
    var other =
        new HttpBitcoindRpc("127.0.0.1", port, new RpcCredentials.UserPassword("user", "password"));
    assertThatThrownBy(() -> other.call("getblockcount"))
        .isInstanceOf(BitcoindException.Unavailable.class)
        .hasMessage("the server at 127.0.0.1:" + port + " is not bitcoind's RPC (no HTTP)");
  }

  /** Sends {@code greeting}, and leaves the connection open until the server is closed. */
  private static void greet(ServerSocket server, byte[] greeting) {
    try (Socket client = server.accept()) {
      client.getOutputStream().write(greeting);
      server.accept();
    } catch (IOException e) {
      // closed
    }
  }

  @Test
  void failedConnection_isExplainedInOurWords() throws Exception {
    var none = new RpcCredentials.UserPassword("user", "password");
    assertThatThrownBy(() -> new HttpBitcoindRpc("127.0.0.1", 1, none).ping())
        .hasMessage("bitcoind at 127.0.0.1:1 does not answer (Connection refused)");
    assertThatThrownBy(() -> new HttpBitcoindRpc("none.invalid", 1, none).ping())
        .hasMessageEndingWith("does not answer (unknown host)");
    link.set(new Fault.ClosesAtOnce());
    assertThatThrownBy(() -> rpc.ping()).hasMessageEndingWith("(the connection was closed)");
  }

  @Test
  void unreadableCookie_isExplained(@TempDir Path folder) {
    Path cookie = folder.resolve("cookie");
    var cookies = new HttpBitcoindRpc("127.0.0.1", 1, new RpcCredentials.Cookie(cookie));
    assertThatThrownBy(() -> cookies.ping())
        .isInstanceOf(BitcoindException.Unauthorized.class)
        .hasMessageStartingWith(
            "cannot read bitcoind's cookie " + cookie + ": there is no such file");
    assertThat(IoReason.ofFile(new AccessDeniedException(cookie.toString())))
        .startsWith("permission denied. Set rpccookieperms=group in bitcoin.conf")
        .doesNotContain(cookie.toString());
  }

  @Test
  void forbiddenMethod_isNamed() {
    assertFails(
        new Fault.HttpResponse(403, ""),
        BitcoindException.MethodForbidden.class,
        "does not allow the tower to call getblock");
  }

  @Test
  void malformedResponse_failsOneCall() throws Exception {
    for (String body : List.of("{\"result\":1", "", "<html>", "{}", "[]", "\"x\"")) {
      for (int status : new int[] {200, 500}) {
        assertFails(
            new Fault.HttpResponse(status, body),
            BitcoindException.MalformedResponse.class,
            "cannot be read (HTTP " + status + ")");
      }
    }
    link.set(new Fault.HttpResponse(200, "{\"result\":\"xy\",\"error\":null}"));
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
