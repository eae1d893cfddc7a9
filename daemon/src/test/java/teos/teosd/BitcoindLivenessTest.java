package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.junit.TestBitcoind;

/**
 * Health of a tower whose bitcoind dies or freezes. Only the liveness probe calls bitcoind here:
 * the tower polls once an hour.
 */
@Tag("bitcoind")
@ResourceLock(LogLines.LOG)
class BitcoindLivenessTest {

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private final HttpClient http = HttpClient.newHttpClient();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void healthFollowsBitcoind(boolean feeds) throws Exception {
    int port = FreePort.find();
    Map<String, String> settings = new HashMap<>();
    settings.put("web_port", Integer.toString(port));
    settings.put("polling_delta", "3600");
    if (!feeds) {
      settings.put("btc_feed_port", "0");
      settings.put("btc_mempool", "off");
    }
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, settings);
        LogLines log = new LogLines()) {
      awaitHealth(port, 200, "\"faults\":[]");
      assertThat(tower.daemon().chainMonitor().feedConnected().isPresent()).isEqualTo(feeds);

      bitcoind.rpc("gettxoutsetinfo"); // flushes the blocks to disk
      bitcoind.kill();
      awaitHealth(port, 503, "bitcoind is unavailable");
      bitcoind.restart();
      awaitHealth(port, 200, "\"faults\":[]");

      bitcoind.freeze();
      awaitHealth(port, 503, "bitcoind is unavailable");
      bitcoind.resume();
      awaitHealth(port, 200, "\"faults\":[]");
      assertThat(log.containing("does not answer")).as("one line per outage").hasSizeLessThan(5);
    }
  }

  private void awaitHealth(int port, int status, String part) throws Exception {
    URI health = URI.create("http://127.0.0.1:" + port + "/health/ready");
    Eventually.holds(
        "health " + status,
        () -> {
          HttpResponse<String> response =
              http.send(HttpRequest.newBuilder(health).build(), BodyHandlers.ofString());
          return response.statusCode() == status && response.body().contains(part);
        });
  }
}
