package teos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseServerTest {

  private static final String URL = "jdbc:postgresql://db.example.org/teos";

  @TempDir Path folder;

  private Config frontEnd(String... more) throws ConfigException {
    Map<String, String> all = new HashMap<>();
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return ConfigLoader.load(TeosdCommand.API, all, folder);
  }

  @Test
  void frontEndNeedsADatabaseServerAndNoBitcoind() throws Exception {
    // A tower could not use the standard cookie for a bitcoind on another machine.
    Config config =
        frontEnd(
            "database_url",
            URL,
            "database_user",
            "teos",
            "database_password",
            "hunter2",
            "btc_rpc_connect",
            "node.example.org");
    assertThat(config.databaseServer()).contains(new Config.DatabaseServer(URL, "teos", "hunter2"));
    assertThat(config.toString()).doesNotContain("hunter2", "db.example.org");
    assertThatThrownBy(this::frontEnd)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("database_url");
    assertThatThrownBy(() -> frontEnd("database_url", URL, "overwrite_key", "true"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot replace");
  }

  @Test
  void rejectsOtherUrlsWithoutShowingThem() {
    assertThatThrownBy(() -> frontEnd("database_url", "postgres://teos:secret@db.example.org/teos"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("database_url")
        .hasMessageContaining("text that begins with jdbc:postgresql:")
        .hasMessageNotContaining("secret");
  }
}
