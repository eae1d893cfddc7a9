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

/** Nobody is told of what is not on disk. */
class CommitSyncerTest {

  @TempDir Path folder;

  /** A disk that syncs when it is told to, and then as it is told to. */
  private static final class Disk implements StorageEngine.CommitWork {
    private final SynchronousQueue<Boolean> syncs = new SynchronousQueue<>();

    /** Lets the sync that is under way, or the next one, go well, or not. */
    void letSync(boolean well) throws InterruptedException {
      assertThat(syncs.offer(well, TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS))
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
    public void within(Handle handle) {}

    @Override
    public long committed() {
      return 0;
    }

    @Override
    public void tidy(Handle writing) {}

    @Override
    public void close() {}
  }

  private static final class Writer implements CommitSyncer.Waiting {
    private final CountDownLatch told = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;

    @Override
    public void tell() {
      told.countDown();
    }

    @Override
    public void tellOf(Throwable why) {
      failure = why;
      told.countDown();
    }

    boolean isTold(long millis) throws InterruptedException {
      return told.await(millis, TimeUnit.MILLISECONDS);
    }
  }

  private StorageHealth health() {
    return new StorageHealth(new Sqlite(folder.resolve("teos_db.sqlite")));
  }

  private static CommitSyncer.Committed of(Writer... writers) {
    return new CommitSyncer.Committed(1, System.nanoTime(), List.of(writers));
  }

  @Test
  void nobodyIsToldBeforeTheSync() throws Exception {
    Disk disk = new Disk();
    Writer first = new Writer();
    Writer second = new Writer();
    try (CommitSyncer syncs = new CommitSyncer(health(), disk)) {
      syncs.hand(of(first));
      assertThat(first.isTold(100)).isFalse();
      disk.letSync(true);
      assertThat(first.isTold(TestTimeouts.EVENT_MILLIS)).isTrue();
      syncs.hand(of(second)); // taken over while nothing is under way
      assertThat(second.isTold(100)).isFalse();
      disk.letSync(true);
      assertThat(second.isTold(TestTimeouts.EVENT_MILLIS)).isTrue();
    }
    assertThat(first.failure).isNull();
    assertThat(second.failure).isNull();
  }

  @Test
  void afterASyncThatHasFailedThereIsNone() throws Exception {
    Disk disk = new Disk();
    Writer first = new Writer();
    Writer second = new Writer();
    try (CommitSyncer syncs = new CommitSyncer(health(), disk)) {
      syncs.hand(of(first));
      disk.letSync(false);
      assertThat(first.isTold(TestTimeouts.EVENT_MILLIS)).isTrue();
      syncs.hand(of(second));
      assertThat(second.isTold(TestTimeouts.EVENT_MILLIS)).as("without another sync").isTrue();
    }
    assertThat(first.failure).hasMessageContaining("it fails");
    assertThat(second.failure).hasMessageContaining("it fails");
  }
}
