package teos.teosd;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindRpc;
import teos.config.Config;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.api.InternalApi;
import teos.teosd.process.StartupException;
import teos.testkit.TestTimeouts;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.store.UserRecord;

/**
 * A tower in this JVM without its services: whoever tests it calls what they would call, has it
 * look at the chain, and can have it crash.
 */
public final class HeadlessTower {

  private static final Logger log = LoggerFactory.getLogger(TeosDaemon.class);

  /** A bitcoind that is away is asked again at once: a thousand seconds would be many. */
  private static final Duration RETRY = Duration.ofMillis(2);

  private final TeosDaemon daemon;

  private HeadlessTower(TeosDaemon daemon) {
    this.daemon = daemon;
  }

  /**
   * Makes a tower; {@link #bootstrap} has it begin.
   *
   * @throws StartupException if it cannot start; nothing of it is left then
   */
  public static HeadlessTower make(Config config, SecretKey key, BitcoindRpc rpc)
      throws StartupException {
    TeosDaemon daemon = new TeosDaemon(config, key, log, rpc, code -> {});
    daemon.chainMonitor().setRetryInterval(RETRY);
    return new HeadlessTower(daemon);
  }

  /**
   * Brings it up to date.
   *
   * @throws StartupException if bitcoind does not answer; it has to be stopped then, as a whole
   *     tower does by itself
   */
  public void bootstrap() throws StartupException, InterruptedException {
    daemon.bootstrapComponents();
  }

  public InternalApi api() {
    return daemon.components().internalApi();
  }

  /** What it knows of a user's appointment. */
  public Optional<AppointmentInfo> appointment(Locator locator, PublicKey user) {
    return daemon.components().appointments().appointment(locator, user);
  }

  public Optional<UserRecord> user(PublicKey id) {
    return daemon.components().internalApi().user(id);
  }

  /** Has it look at the chain. */
  public void wake() {
    daemon.chainMonitor().wake();
  }

  /** Has it look at the mempool. */
  public void wakeForMempool() {
    daemon.components().mempoolMonitor().orElseThrow().wake();
  }

  /** The hash of the last block that it has begun to deal with. */
  public String tip() {
    return daemon.chainMonitor().tip().hash();
  }

  /** Waits until all that it has heard of has been dealt with, penalties sent and all. */
  public void awaitQueues() throws InterruptedException {
    daemon.components().pipeline().awaitIdle();
  }

  /** Stops it in order. */
  public void stop() {
    daemon.teardown();
  }

  /**
   * Closes a tower whose bitcoind calls all fail with an error from now on, without anything being
   * finished.
   *
   * @param callers all threads that have called bitcoind
   */
  public void abandon(Set<Thread> callers) throws InterruptedException {
    for (Thread thread : new Thread[] {daemon.watcherThread(), daemon.responderThread()}) {
      if (thread != null) {
        thread.interrupt();
      }
    }
    // The chain monitor's is among them.
    callers.stream().filter(Thread::isVirtual).forEach(Thread::interrupt);
    for (Thread thread : new Thread[] {daemon.watcherThread(), daemon.responderThread()}) {
      if (thread != null) {
        thread.join();
      }
    }
    daemon.teardown();
  }

  /**
   * Runs {@code work} in a thread of its own, and waits for it or for {@code crash}.
   *
   * @return whether it came to its end
   */
  public static <T> Optional<T> unless(CompletableFuture<?> crash, Callable<T> work)
      throws Exception {
    CompletableFuture<T> done = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> {
          try {
            done.complete(work.call());
          } catch (Throwable e) { // also the crash itself
            done.completeExceptionally(e);
          }
        });
    try {
      CompletableFuture.anyOf(done, crash).get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      if (e instanceof TimeoutException) {
        throw new AssertionError("the tower has stopped going on", e);
      }
    }
    if (crash.isDone()) {
      return Optional.empty();
    }
    try {
      return Optional.of(done.get());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Waits until {@code condition} holds, looking often. */
  public static boolean soon(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(1);
    }
    return true;
  }
}
