package teos.teosd.lnd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import teos.teosd.api.RateLimitResult;

class SessionRatesTest {

  private static final int TRIES = 2_000;

  private static long granted(SessionRates rates, String... addresses) {
    return IntStream.range(0, TRIES)
        .mapToObj(i -> rates.count(InetAddress.ofLiteral(addresses[i % addresses.length])))
        .filter(result -> result instanceof RateLimitResult.Granted)
        .count();
  }

  @Test
  void limitsNetworksAndAllSharedAddressesTogether() {
    SessionRates rates = new SessionRates(100, 100_000, InetAddress::isLoopbackAddress);

    assertThat(granted(rates, "192.0.2.1")).isEqualTo(100);
    assertThat(granted(rates, "192.0.2.2")).isEqualTo(100);
    assertThat(granted(rates, "2001:db8::1", "2001:db8::2")).isEqualTo(100);
    assertThat(granted(rates, "127.0.0.1", "127.0.0.2")).isEqualTo(1_041);
  }

  @Test
  void limitOfZeroMeansNoLimit() {
    SessionRates rates = new SessionRates(0, 100, InetAddress::isLoopbackAddress);

    assertThat(granted(rates, "192.0.2.1", "127.0.0.1")).isEqualTo(TRIES);
  }
}
