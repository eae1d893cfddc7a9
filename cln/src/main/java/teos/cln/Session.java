package teos.cln;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import teos.cln.hook.CommitmentRevocation;
import teos.cln.hook.UnsavedStates;
import teos.cln.jsonrpc.Log;
import teos.cln.manifest.Configuration;
import teos.cln.method.Commands;
import teos.cln.takeover.TakenOverReceipts;
import teos.cln.takeover.Takeover;
import teos.cln.tower.Connections;
import teos.cln.tower.Towers;

/** What serves lightningd after {@code init}. */
record Session(Towers towers, UnsavedStates unsaved, CommitmentRevocation hook, Commands commands)
    implements AutoCloseable {

  private static final Duration SAVE_INTERVAL = Duration.ofSeconds(1);

  /**
   * Opens the plugin's folder and starts to send what is queued.
   *
   * @param params parameters of {@code init}
   * @throws IllegalArgumentException if an option is not valid
   */
  static Session open(JsonNode params, Environment environment, Log log) throws IOException {
    Configuration configuration = Configuration.of(params);
    Path folder =
        environment
            .ownFolder()
            .orElseGet(() -> configuration.lightningFolder().resolve("teos-cln"));
    Connections connections =
        new Connections(folder, configuration.proxy(), configuration.alwaysProxy());
    Takeover takeover = new Takeover(environment.rustFolder(), folder, log);
    if (takeover.isDue()) {
      takeover.run(connections.local());
    }
    Towers towers = Towers.open(connections, configuration.retryPolicy(), log);
    UnsavedStates unsaved = new UnsavedStates(SAVE_INTERVAL, log);
    unsaved.start();
    log.info("Watchtower plugin ready user_id=" + towers.userId() + " folder=" + folder);
    return new Session(
        towers,
        unsaved,
        new CommitmentRevocation(towers, unsaved, log),
        new Commands(towers, new TakenOverReceipts(folder), configuration.port(), log));
  }

  @Override
  public void close() {
    unsaved.close();
    towers.close();
  }
}
