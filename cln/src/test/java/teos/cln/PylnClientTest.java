package teos.cln;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.Txid;
import teos.teosd.PythonClient;
import teos.testkit.TestTimeouts;

/** The plugin, called by Core Lightning's own client library, which shares no code with it. */
@Tag("programs")
class PylnClientTest {

  private static final int SLOTS = 10;
  private static final int STATES = 9;

  @TempDir Path folder;

  /** Returns the locator of the state with this number in {@code plugin_client.py}. */
  private static String locator(int number) {
    return Dialect.V2
        .locator(Txid.fromDisplayHex(String.format("%02x", number).repeat(Txid.LENGTH)))
        .toHex();
  }

  @Test
  void pylnClient_getsTheAnswersOfAllMethods() throws Exception {
    try (FakeTower tower = new FakeTower(SLOTS)) {
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "--folder=" + folder,
                  "--tower-id=" + tower.id(),
                  "--port=" + tower.port,
                  "--timeout=" + TestTimeouts.EVENT.toSeconds() / 2,
                  "--"));
      arguments.addAll(FakeLightningd.command());
      PythonClient.run("interop/pyln", "plugin_client.py", arguments);
      assertThat(tower.locators())
          .isEqualTo(
              IntStream.rangeClosed(1, STATES)
                  .mapToObj(PylnClientTest::locator)
                  .collect(Collectors.toSet()));
    }
  }
}
