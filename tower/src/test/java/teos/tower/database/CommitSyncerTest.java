package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.testkit.TestTimeouts;

/** Success is reported only after the sync. */
class CommitSyncerTest {

  @TempDir Path folder;

  /** Disk whose syncs wait until the test lets them succeed or fail. */
  private static final class Disk implements StorageEngine.CommitWork {
    private final SynchronousQueue<Boolean> syncs = new SynchronousQueue<>();

    /** Lets the current sync, or the next one, succeed or fail. */
    void letSync(boolean success) throws InterruptedException {
      assertThat(syncs.offer(success, TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS))
          .as("a sync")
          .isTrue();
    }

    @Override
    public void sync(long number) {
      try {
        if (!syncs.take()) {
          throw new StorageException(StorageFault.IO_ERROR, "it fails", null);
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void beforeCommit(Handle handle) {}

    @Override
    public long committed() {
      return 0;
    }

    @Override
    public void afterSubmit(Handle writing) {}

    @Override
    public void close() {}
  }

  private static final class Writer implements CommitSyncer.PendingWrite {
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;

    @Override
    public void onDurable() {
      done.countDown();
    }

    @Override
    public void onFailure(Throwable cause) {
      failure = cause;
      done.countDown();
    }

    boolean isDone(long millis) throws InterruptedException {
      return done.await(millis, TimeUnit.MILLISECONDS);
    }
  }

  private StorageHealth health() {
    return new StorageHealth(new Sqlite(folder.resolve("teos_db.sqlite")));
  }

  private static CommitSyncer.CommittedGroup of(Writer... writers) {
    return new CommitSyncer.CommittedGroup(1, System.nanoTime(), List.of(writers));
  }

  @Test
  void submit_reportsSuccessOnlyAfterTheSync() throws Exception {
    Disk disk = new Disk();
    Writer first = new Writer();
    Writer second = new Writer();
    try (CommitSyncer syncer = new CommitSyncer(health(), disk)) {
      syncer.submit(of(first));
      assertThat(first.isDone(100)).isFalse();
      disk.letSync(true);
      assertThat(first.isDone(TestTimeouts.EVENT_MILLIS)).isTrue();
      syncer.submit(of(second)); // handed over while the thread is idle
      assertThat(second.isDone(100)).isFalse();
      disk.letSync(true);
      assertThat(second.isDone(TestTimeouts.EVENT_MILLIS)).isTrue();
    }
    assertThat(first.failure).isNull();
    assertThat(second.failure).isNull();
  }

  @Test
  void submit_afterAFailedSync_failsWithoutAnotherSync() throws Exception {
    Disk disk = new Disk();
    Writer first = new Writer();
    Writer second = new Writer();
    try (CommitSyncer syncer = new CommitSyncer(health(), disk)) {
      syncer.submit(of(first));
      disk.letSync(false);
      assertThat(first.isDone(TestTimeouts.EVENT_MILLIS)).isTrue();
      syncer.submit(of(second));
      assertThat(second.isDone(TestTimeouts.EVENT_MILLIS)).as("without another sync").isTrue();
    }
    assertThat(first.failure).hasMessageContaining("it fails");
    assertThat(second.failure).hasMessageContaining("it fails");
  }
}
