package teos.cln.hook;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import teos.client.NotRegisteredException;
import teos.cln.jsonrpc.Log;
import teos.cln.tower.Tower;

/**
 * States that could not be written to disk, for example because it is full. They are kept in memory
 * and written as soon as that is possible again, at the latest when this is closed.
 */
public final class UnsavedStates implements AutoCloseable {

  /** About 20 MB at the size of a usual penalty. */
  private static final int MAX_STATES = 20_000;

  private record State(Tower tower, Revocation revocation) {}

  private final BlockingQueue<State> states = new LinkedBlockingQueue<>(MAX_STATES);
  private final Duration interval;
  private final Log log;

  /**
   * @param interval delay between attempts to write
   */
  public UnsavedStates(Duration interval, Log log) {
    this.interval = interval;
    this.log = log;
  }

  /** Starts the thread that writes them, which runs until the plugin ends. */
  public void start() {
    Thread.ofVirtual().name("teos-cln-unsaved").start(this::run);
  }

  void add(Tower tower, Revocation revocation) {
    add(new State(tower, revocation));
  }

  private void add(State state) {
    if (!states.offer(state)) {
      log.error("A revoked state is lost: too many are not on disk " + state.revocation());
    }
  }

  /** Tries each state once more, and names those that are lost. */
  @Override
  public void close() {
    for (State state = states.poll(); state != null; state = states.poll()) {
      if (!save(state)) {
        log.error("A revoked state is lost: it could not be written " + state.revocation());
      }
    }
  }

  private void run() {
    try {
      while (true) {
        State state = states.take();
        if (!save(state)) {
          add(state); // at the end: the files of another tower may be usable
          Thread.sleep(interval);
        }
      }
    } catch (InterruptedException e) {
      // the plugin ends
    }
  }

  private boolean save(State state) {
    try {
      state.tower().enqueue(state.revocation().penalty(), state.revocation().commitment());
      log.info("A revoked state is on disk now " + state.revocation());
      return true;
    } catch (NotRegisteredException e) {
      return true; // the tower has been abandoned meanwhile
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      return false;
    }
  }
}
