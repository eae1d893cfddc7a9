package teos.teosd.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import teos.teosd.net.ConnectionLimiter.Connection;

class ConnectionLimiterTest {

  private final List<String> closed = new ArrayList<>();
  private final ConnectionLimiter limiter =
      new ConnectionLimiter(4, 2, InetAddress::isLoopbackAddress);

  private Connection open(String address, String name) throws Exception {
    return limiter.register(InetAddress.ofLiteral(address), () -> closed.add(name)).orElseThrow();
  }

  @Test
  void evictsTheConnectionThatHasWaitedLongest() throws Exception {
    Connection first = open("127.0.0.1", "first");
    open("127.0.0.1", "second");
    Connection third = open("127.0.0.1", "third");
    open("127.0.0.1", "fourth");
    third.working();
    first.working();
    first.waiting();

    open("192.0.2.1", "fifth");
    open("192.0.2.2", "sixth");
    open("192.0.2.3", "seventh");

    assertThat(closed).containsExactly("second", "fourth", "first");
    assertThat(limiter.open()).isEqualTo(4);
    assertThat(first.isClosed()).isTrue();
    assertThat(third.isClosed()).isFalse();
  }

  @Test
  void networkOverItsLimit_losesItsOwnConnection() throws Exception {
    open("127.0.0.1", "local");
    open("2001:db8::1", "one");
    open("2001:db8::2", "other");

    open("2001:db8:0:0:1::", "another");

    assertThat(closed).containsExactly("one");
    assertThat(limiter.open()).isEqualTo(3);
  }

  @Test
  void newConnection_isRefusedWhileAllOthersAreProcessed() throws Exception {
    List<Connection> busy = new ArrayList<>();
    for (int i : IntStream.range(0, 4).toArray()) {
      busy.add(open("127.0.0.1", "busy " + i));
    }
    busy.forEach(Connection::working);

    assertThat(limiter.register(InetAddress.ofLiteral("192.0.2.1"), () -> {})).isEmpty();
    busy.getFirst().close();
    busy.getFirst().close();
    busy.getFirst().waiting();

    open("192.0.2.1", "now");
    assertThat(closed).isEmpty();
    assertThat(limiter.open()).isEqualTo(4);
  }

  @Test
  void awaitRoom_givesTheOldestConnectionTimeForItsRequest() throws Exception {
    long start = System.nanoTime();
    for (int i = 0; i < 4; i++) {
      open("127.0.0.1", "new " + i);
    }

    limiter.awaitRoom();

    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isGreaterThanOrEqualTo(ConnectionLimiter.GRACE);
    assertThat(closed).isEmpty();
  }

  @Test
  void forgetsNetworksWithoutConnections() throws Exception {
    for (int i = 0; i < 10; i++) {
      Connection one = open("192.0.2.1", "one");
      Connection other = open("192.0.2.1", "other");
      other.close();
      one.close();
    }

    assertThat(closed).isEmpty();
    assertThat(limiter.open()).isZero();
  }
}
