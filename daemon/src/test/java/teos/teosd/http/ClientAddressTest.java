package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.teosd.net.ConnectionLimiter;

class ClientAddressTest {

  private static final List<String> PROXIES = List.of("10.0.0.0/8", "192.0.2.7", "2001:db8::/32");

  private static String of(String peer, String... forwardedFor) {
    return new ClientAddress(PROXIES)
        .of(InetAddress.ofLiteral(peer), List.of(forwardedFor))
        .getHostAddress();
  }

  @Test
  void headerOfAnUnknownProxy_isIgnored() {
    assertThat(of("198.51.100.1", "203.0.113.1")).isEqualTo("198.51.100.1");
    assertThat(of("192.0.2.8", "203.0.113.1")).isEqualTo("192.0.2.8");
    InetAddress peer = InetAddress.ofLiteral("10.0.0.1");
    assertThat(new ClientAddress(List.of()).of(peer, List.of("203.0.113.1"))).isEqualTo(peer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "203.0.113.1; 203.0.113.1",
        // Anything that the client wrote stands to the left.
        "1.2.3.4, 203.0.113.1; 203.0.113.1",
        "rubbish, 203.0.113.1; 203.0.113.1",
        ",,, 203.0.113.1; 203.0.113.1",
        "10.9.9.9, 203.0.113.1, 10.2.3.4, 192.0.2.7; 203.0.113.1",
        "203.0.113.1:4711; 203.0.113.1",
        "2001:db9::1; 2001:db9:0:0:0:0:0:1",
        "[2001:db9::1]; 2001:db9:0:0:0:0:0:1",
        "[2001:db9::1]:4711; 2001:db9:0:0:0:0:0:1",
        "2001:db9::1, 2001:db8:5::1; 2001:db9:0:0:0:0:0:1",
        "::ffff:203.0.113.1; 203.0.113.1",
        "203.0.113.1, ::ffff:10.0.0.2; 203.0.113.1",
        "127.0.0.1; 127.0.0.1"
      })
  void rightmostAddressThatIsNotAProxy_isUsed(String header, String expected) {
    assertThat(of("10.0.0.1", header)).isEqualTo(expected);
  }

  @Test
  void severalHeaders_formOneList() {
    assertThat(of("10.0.0.1", "1.2.3.4", "203.0.113.1", "10.0.0.2, 10.0.0.3"))
        .isEqualTo("203.0.113.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "203.0.113.1,",
        "unknown",
        "localhost",
        "203.0.113",
        "1",
        "203.0.113.256",
        "203.0.113.01",
        "203.0.113.1/32",
        "203.0.113.1:",
        "203.0.113.1:123456",
        "fe80::1%lo",
        "[::1",
        "::1]",
        "[203.0.113.1]",
        "1.2.3.4 203.0.113.1",
        "for=203.0.113.1",
        "10.0.0.2",
        "1.2.3.4, unknown, 10.0.0.2",
        "\u0660.0.0.1",
        ":",
        "::::"
      })
  void invalidHeaderOrProxiesOnly_givesThePeer(String header) {
    assertThat(of("10.0.0.1", header)).isEqualTo("10.0.0.1");
  }

  @Test
  void missingHeader_givesThePeer() {
    assertThat(of("10.0.0.1")).isEqualTo("10.0.0.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "localhost; expected for example 127.0.0.1",
        "10.0.0; expected for example",
        "010.0.0.0/8; expected for example",
        "''; expected for example",
        "/8; expected for example",
        "fe80::1%eth0; expected for example",
        "10.0.0.0/33; expected a number from 0 to 32",
        "10.0.0.0/; expected a number from 0 to 32",
        "10.0.0.0/-1; expected a number from 0 to 32",
        "10.0.0.0/8/8; expected a number from 0 to 32",
        "::/129; expected a number from 0 to 128",
        "10.1.0.0/8; which is 10.0.0.0/8",
        "10.0.0.129/25; which is 10.0.0.128/25",
        "2001:db8::1/64; which is 2001:db8:0:0:0:0:0:0/64"
      })
  void invalidProxy_isRefused(String proxy, String why) {
    assertThatThrownBy(() -> new ClientAddress(List.of("127.0.0.1", proxy)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + proxy + "\"")
        .hasMessageContaining(why);
  }

  @Test
  void allAddressesMayBeProxies() {
    ClientAddress all = new ClientAddress(List.of("0.0.0.0/0", "::/0"));
    InetAddress peer = InetAddress.ofLiteral("198.51.100.1");
    assertThat(all.of(peer, List.of("203.0.113.1"))).isEqualTo(peer);
  }

  @Provide
  Arbitrary<String> outsiders() {
    return Arbitraries.integers()
        .between(0, 255)
        .list()
        .ofSize(3)
        .map(tail -> "203." + tail.get(0) + "." + tail.get(1) + "." + tail.get(2));
  }

  @Property
  void clientCannotChooseItsAddress(@ForAll("outsiders") String client, @ForAll String written) {
    // A proxy appends to the header that it receives.
    assertThat(of("10.0.0.1", written + ", " + client)).isEqualTo(client);
    assertThat(of("10.0.0.1", written, client)).isEqualTo(client);
    assertThat(of(client, written)).isEqualTo(client);
  }

  @Property
  void anyHeader_isAccepted(@ForAll @Size(max = 4) List<String> headers) {
    assertThatCode(() -> of("10.0.0.1", headers.toArray(String[]::new))).doesNotThrowAnyException();
  }

  @Property
  void block_containsAddressesWithItsPrefix(
      @ForAll @Size(4) byte[] address,
      @ForAll @IntRange(min = 0, max = 32) int length,
      @ForAll @IntRange(min = 0, max = 31) int flippedBit)
      throws Exception {
    int bits = ByteBuffer.wrap(address).getInt();
    int first = length == 0 ? 0 : bits & (-1 << (32 - length));
    IpBlock block = IpBlock.parse(ip(first).getHostAddress() + "/" + length);
    assertThat(block.contains(ip(bits))).isTrue();
    assertThat(block.contains(ip(bits ^ (1 << (31 - flippedBit))))).isEqualTo(flippedBit >= length);
  }

  private static InetAddress ip(int bits) throws Exception {
    return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(bits).array());
  }

  @Test
  void request_givesItsClientAddress() throws Exception {
    assertThat(clientAddress(List.of("127.0.0.0/8"), "1.2.3.4, 203.0.113.1"))
        .isEqualTo("203.0.113.1");
    assertThat(clientAddress(List.of("127.0.0.0/8"))).isEqualTo("127.0.0.1");
    assertThat(clientAddress(List.of("127.0.0.0/8"), "1.2.3.4", "203.0.113.1"))
        .isEqualTo("203.0.113.1");
    assertThat(clientAddress(List.of("10.0.0.1"), "203.0.113.1")).isEqualTo("127.0.0.1");
  }

  private static String clientAddress(List<String> proxies, String... forwardedFor)
      throws Exception {
    ClientAddress addresses = new ClientAddress(proxies);
    HttpServer server =
        new HttpServer(
            "test",
            exchange ->
                exchange.send(
                    200,
                    "text/plain",
                    addresses.of(exchange).getHostAddress().getBytes(StandardCharsets.US_ASCII)),
            (status, reason) -> new HttpServer.ErrorFormat.Body("text/plain", reason),
            Duration.ofSeconds(1));
    HttpServer.Port port =
        server.listen("test", "127.0.0.1", 0, null, new ConnectionLimiter(10, 10, address -> true));
    server.start();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.number()));
      Stream.of(forwardedFor).forEach(value -> request.header("X-Forwarded-For", value));
      HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
      return response.body();
    } finally {
      server.close();
    }
  }

  /** Tor connects to a port that is bound to one address from that address. */
  @Test
  void addressThatThePortIsBoundTo_isShared() throws Exception {
    ClientAddress clients = new ClientAddress(List.of());
    InetAddress bound = InetAddress.getByName("203.0.113.5");
    InetAddress other = InetAddress.getByName("203.0.113.6");
    assertThat(clients.isSharedAt(bound, bound)).isTrue();
    assertThat(clients.isSharedAt(bound, other)).isFalse();
    assertThat(clients.isSharedAt(bound, InetAddress.getLoopbackAddress())).isTrue();
    assertThat(clients.isSharedAt(null, other)).isFalse();
  }
}
