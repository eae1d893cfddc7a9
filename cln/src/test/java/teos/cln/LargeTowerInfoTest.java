package teos.cln;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gettowerinfo} for a tower with more appointments than the plugin's memory holds. */
class LargeTowerInfoTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Less than the answer, in which each appointment takes 200,000 hex digits. */
  private static final String HEAP = "-Xmx24m";

  private static final int PENALTY_LENGTH = 100_000;
  private static final int COPIES = 199;

  @TempDir Path folder;

  private static JsonNode revocation() {
    return MAPPER
        .createObjectNode()
        .put("commitment_txid", "11".repeat(32))
        .put("penalty_tx", "02".repeat(PENALTY_LENGTH))
        .put("channel_id", "00".repeat(32))
        .put("commitnum", 1);
  }

  /** Copies the only queued appointment under other locators. */
  private static void copyQueued(Path queue) throws Exception {
    Path original;
    try (Stream<Path> files = Files.list(queue)) {
      original = files.toList().getFirst();
    }
    String name = original.getFileName().toString();
    String locator = name.substring(20, 52);
    String text = Files.readString(original);
    for (int i = 0; i < COPIES; i++) {
      String other = String.format("%032x", i);
      Files.writeString(queue.resolve(name.replace(locator, other)), text.replace(locator, other));
    }
  }

  @Test
  void answerLargerThanTheHeap_isComplete() throws Exception {
    try (FakeTower tower = new FakeTower(1000);
        FakeLightningd lightningd = FakeLightningd.launch(folder, HEAP)) {
      lightningd.init(folder, MAPPER.createObjectNode());
      lightningd.result("registertower", tower.address());
      tower.failWith(503);
      lightningd.call("commitment_revocation", revocation());
      copyQueued(FakeLightningd.dataFolder(folder).resolve("towers/" + tower.id() + "/queue"));

      JsonNode info = lightningd.result("gettowerinfo", tower.id().toHex());
      List<JsonNode> pending = info.path("pending_appointments").valueStream().toList();
      assertThat(pending).hasSize(COPIES + 1);
      assertThat(pending)
          .allMatch(one -> one.path("encrypted_blob").asText().length() > 2 * PENALTY_LENGTH)
          .allMatch(one -> one.path("to_self_delay").asInt() == 42);
    }
  }
}
