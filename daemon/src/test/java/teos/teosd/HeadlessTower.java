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
 * Tower in this JVM without its services. Tests call its components in place of the services, make
 * it poll the chain, and can crash it.
 */
public final class HeadlessTower {

  private static final Logger log = LoggerFactory.getLogger(TeosDaemon.class);

  /** Short, because tests retry an unavailable bitcoind many times. */
  private static final Duration RETRY = Duration.ofMillis(2);

  private final TeosDaemon daemon;

  private HeadlessTower(TeosDaemon daemon) {
    this.daemon = daemon;
  }

  /**
   * Creates a tower, which {@link #bootstrap} starts.
   *
   * @throws StartupException if it cannot start; all its resources are closed then
   */
  public static HeadlessTower create(Config config, SecretKey key, BitcoindRpc rpc)
      throws StartupException {
    TeosDaemon daemon = new TeosDaemon(config, key, log, rpc, code -> {});
    daemon.chainMonitor().setRetryInterval(RETRY);
    return new HeadlessTower(daemon);
  }

  /**
   * Processes the blocks since the last stop.
   *
   * @throws StartupException if bitcoind does not answer; the caller must stop the tower then
   */
  public void bootstrap() throws StartupException, InterruptedException {
    daemon.bootstrapComponents();
  }

  public InternalApi api() {
    return daemon.components().internalApi();
  }

  /** Returns the stored state of a user's appointment. */
  public Optional<AppointmentInfo> appointment(Locator locator, PublicKey user) {
    return daemon.components().appointments().appointment(locator, user);
  }

  public Optional<UserRecord> user(PublicKey id) {
    return daemon.components().internalApi().user(id);
  }

  /** Makes the tower poll the chain at once. */
  public void wake() {
    daemon.chainMonitor().wake();
  }

  /** Makes the tower poll the mempool at once. */
  public void wakeForMempool() {
    daemon.components().mempoolMonitor().orElseThrow().wake();
  }

  /** Returns the hash of the last block that the tower has begun to process. */
  public String tip() {
    return daemon.chainMonitor().tip().hash();
  }

  /** Blocks until all received events have been processed and their penalties broadcast. */
  public void awaitIdle() throws InterruptedException {
    daemon.components().pipeline().awaitIdle();
  }

  /** Shuts the tower down. */
  public void stop() {
    daemon.teardown();
  }

  /**
   * Closes the tower without finishing any work. All further calls of bitcoind must fail.
   *
   * @param callers all threads that have called bitcoind
   */
  public void abandon(Set<Thread> callers) throws InterruptedException {
    for (Thread thread : new Thread[] {daemon.watcherThread(), daemon.responderThread()}) {
      if (thread != null) {
        thread.interrupt();
      }
    }
    // The thread of the chain monitor is one of them.
    callers.stream().filter(Thread::isVirtual).forEach(Thread::interrupt);
    for (Thread thread : new Thread[] {daemon.watcherThread(), daemon.responderThread()}) {
      if (thread != null) {
        thread.join();
      }
    }
    daemon.teardown();
  }

  /**
   * Runs {@code work} in a new thread, and blocks until it ends or {@code crash} completes.
   *
   * @return its result; empty after a crash
   */
  public static <T> Optional<T> runUnlessCrashed(CompletableFuture<?> crash, Callable<T> work)
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
        throw new AssertionError("timeout: the tower makes no progress", e);
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

  /** Blocks until {@code condition} holds, polling often; returns false on timeout. */
  public static boolean awaitCondition(BooleanSupplier condition) throws InterruptedException {
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
