package teos.tower.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import teos.protocol.Locator;

class LocatorFilterTest {

  private static final int MORE_THAN_MIN_CAPACITY = 150_000;

  /**
   * Source that behaves like a database: writes run one after the other, and a reader sees those
   * that are done.
   */
  private static final class Stored implements LocatorFilter.Source {
    private final ConcurrentLinkedQueue<Locator> stored = new ConcurrentLinkedQueue<>();
    private final ReentrantLock writing = new ReentrantLock();

    void write(LocatorFilter filter, Locator locator) {
      writing.lock();
      try {
        filter.add(locator);
        stored.add(locator);
      } finally {
        writing.unlock();
      }
    }

    @Override
    public void awaitWrites() {
      writing.lock();
      try {
        return; // running writes are done now
      } finally {
        writing.unlock();
      }
    }

    @Override
    public long count() {
      return stored.size();
    }

    @Override
    public void addAllTo(LocatorFilter.Generation generation) {
      List.copyOf(stored).forEach(generation::add);
    }
  }

  private static Locator locator(int number) {
    return new Locator(ByteBuffer.allocate(Locator.LENGTH).putInt(number).array());
  }

  private final Stored stored = new Stored();
  private final LocatorFilter filter = new LocatorFilter(stored);

  private long passing(int from, int to) {
    return IntStream.range(from, to).filter(i -> filter.mightContain(locator(i))).count();
  }

  @Test
  void mightContain_beforeTheLoad_isTrueForAll() throws Exception {
    IntStream.range(0, 1_000).forEach(i -> stored.write(filter, locator(i)));
    assertThat(passing(0, 2_000)).isEqualTo(2_000);
    filter.startLoading().join();
    assertThat(passing(0, 1_000)).isEqualTo(1_000);
    assertThat(passing(1_000, 2_000)).isLessThan(100);
  }

  @Test
  void mightContain_storedDuringTheLoad_isTrue() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < 50_000; i++) {
                    stored.write(filter, locator(i));
                    if (i == 1_000) {
                      begun.countDown();
                    }
                  }
                });
    begun.await();
    for (int i = 0; i < 5; i++) {
      filter.startLoading().join();
      int now = (int) stored.count();
      assertThat(passing(0, now)).isEqualTo(now);
    }
    writer.join();
    assertThat(passing(0, 50_000)).isEqualTo(50_000);
  }

  @Test
  void add_beyondTheCapacity_loadsALargerFilter() throws Exception {
    filter.startLoading().join();
    IntStream.range(0, MORE_THAN_MIN_CAPACITY).forEach(i -> stored.write(filter, locator(i)));
    int others = 0;
    for (int i = 0; i < 200; i++) {
      others = (int) passing(MORE_THAN_MIN_CAPACITY, MORE_THAN_MIN_CAPACITY + 10_000);
      if (others < 200) {
        break;
      }
      Thread.sleep(50); // the reload runs in its own thread
    }
    assertThat(others).isLessThan(200);
    assertThat(passing(0, MORE_THAN_MIN_CAPACITY)).isEqualTo(MORE_THAN_MIN_CAPACITY);
  }

  @Test
  void mightContain_loadFails_isTrueForAll() throws Exception {
    LocatorFilter broken =
        new LocatorFilter(
            new LocatorFilter.Source() {
              @Override
              public void awaitWrites() {
                throw new IllegalStateException("no database");
              }

              @Override
              public long count() {
                return 0;
              }

              @Override
              public void addAllTo(LocatorFilter.Generation generation) {}
            });
    broken.startLoading().join();
    assertThat(broken.mightContain(locator(1))).isTrue();
  }
}
