package teos.tower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.ChainEvent;
import teos.bitcoin.ChainListener;
import teos.testkit.TestTimeouts;
import teos.tower.database.Database;
import teos.tower.database.StorageException;

/** Failing events are retried in order, unless retrying is useless. */
@Timeout(TestTimeouts.TEST_SECONDS)
class BlockQueueTest {

  private static final ChainEvent EVENT = new ChainEvent.NodeReachable();
  private static final int MORE_THAN_CAPACITY = 10;

  private final BlockQueue queue = new BlockQueue();
  private final AtomicInteger calls = new AtomicInteger();

  private Thread start(ChainListener component) {
    return queue.start(
        "component",
        event -> {
          calls.incrementAndGet();
          component.onChainEvent(event);
        });
  }

  private void put(int events) throws InterruptedException {
    for (int i = 0; i < events; i++) {
      queue.onChainEvent(EVENT);
    }
  }

  private void awaitAll() throws InterruptedException {
    CountDownLatch reached = new CountDownLatch(1);
    queue.afterAll(reached::countDown);
    assertThat(reached.await(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private static StorageException fault(Path folder) throws Exception {
    Path none = Files.writeString(folder.resolve("none"), "this is not a database at all");
    StorageException fault =
        catchThrowableOfType(StorageException.class, () -> Database.open(none));
    assertThat(fault.isFatal()).isTrue();
    return fault;
  }

  @Test
  void fatalStorageFault_skipsAllEventsWithoutBlocking(@TempDir Path folder) throws Exception {
    StorageException fault = fault(folder);
    Thread thread =
        start(
            event -> {
              throw fault;
            });
    put(MORE_THAN_CAPACITY);
    awaitAll();
    assertThat(calls).hasValue(1);
    queue.finish(thread);
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void temporaryFailure_isRetriedInOrder() throws Exception {
    Thread thread =
        start(
            event -> {
              if (calls.get() == 1) {
                throw new StorageException("busy", null);
              }
            });
    put(3);
    awaitAll();
    assertThat(calls).hasValue(4);
    queue.finish(thread);
  }

  @Test
  void stopRetrying_endsRetries() throws Exception {
    Thread thread =
        start(
            event -> {
              throw new IllegalStateException("always");
            });
    put(1);
    queue.stopRetrying();
    put(MORE_THAN_CAPACITY);
    awaitAll();
    int attempts = calls.get();
    put(MORE_THAN_CAPACITY);
    queue.finish(thread);
    assertThat(calls).hasValue(attempts);
  }
}
