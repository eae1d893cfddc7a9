package teos.cln.hook;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import teos.client.NotRegisteredException;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.cln.jsonrpc.Log;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;

/**
 * Handler of the hook. lightningd tells each revoked state only once, so the state is in the queue
 * of every tower, on disk, before the hook is answered. No tower is contacted meanwhile.
 */
public final class CommitmentRevocation {

  /** The hook's name. */
  public static final String NAME = "commitment_revocation";

  private final Towers towers;
  private final UnsavedStates unsaved;
  private final Log log;

  /**
   * @param unsaved takes the states that could not be written
   */
  public CommitmentRevocation(Towers towers, UnsavedStates unsaved, Log log) {
    this.towers = towers;
    this.unsaved = unsaved;
    this.log = log;
  }

  /** Returns the only answer to the hook: lightningd ends if it is answered with an error. */
  public static JsonNode proceed() {
    return JsonText.newObject().put("result", "continue");
  }

  /** Queues the state for all towers. Failures are logged. */
  public void handle(JsonNode params) {
    Revocation revocation;
    try {
      revocation = Revocation.parse(params);
    } catch (MalformedException e) {
      log.error("A revoked state cannot be sent to towers reason=" + e.getMessage());
      return;
    }
    List<Thread> others = new ArrayList<>();
    List<Tower> all = List.copyOf(towers.unordered());
    // The writes of the towers' queues run in parallel; the last one on this thread.
    try {
      for (int i = 0; i < all.size(); i++) {
        Tower tower = all.get(i);
        if (i == all.size() - 1) {
          queue(tower, revocation);
        } else {
          others.add(Thread.ofVirtual().start(() -> queue(tower, revocation)));
        }
      }
    } finally {
      others.forEach(CommitmentRevocation::join);
    }
  }

  private void queue(Tower tower, Revocation revocation) {
    try {
      tower.enqueue(revocation.penalty(), revocation.commitment());
    } catch (NotRegisteredException e) {
      log.error(
          "A revoked state is not sent to a tower tower="
              + tower.id()
              + " "
              + revocation
              + " reason="
              + e.getMessage());
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      unsaved.add(tower, revocation);
      log.error(
          "A revoked state is not on disk; retrying while the plugin runs tower="
              + tower.id()
              + " "
              + revocation
              + " reason="
              + e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
