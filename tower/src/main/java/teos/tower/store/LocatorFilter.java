package teos.tower.store;

import com.google.common.hash.BloomFilter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import teos.protocol.Locator;

/**
 * Bloom filter over all stored locators, so that the thousands of locators in a block, of which
 * hardly one is stored, and those of new appointments need no database read. It takes about 15 bits
 * per appointment; one in a hundred locators that are not stored passes.
 *
 * <p>A stored locator always passes: writers add new ones within their transaction, and existing
 * ones are loaded at the start. Until they are loaded, all locators pass.
 */
final class LocatorFilter {

  private static final Logger log = LoggerFactory.getLogger(LocatorFilter.class);
  private static final double FALSE_POSITIVE_RATE = 0.01;
  private static final long MIN_CAPACITY = 100_000;

  private final Source source;
  private final AtomicBoolean isLoading = new AtomicBoolean();

  /** Filter in use; null until the first load is complete. */
  private volatile @Nullable Generation active;

  /** Filter that is being loaded, which new locators have to be added to. */
  private volatile @Nullable Generation loading;

  /** Source of the stored locators. */
  interface Source {
    /** Blocks until all writes that have begun are done. */
    void awaitWrites();

    /** Returns the approximate number of locators. */
    long count();

    /** Adds all stored locators to {@code generation}. */
    void addAllTo(Generation generation);
  }

  LocatorFilter(Source source) {
    this.source = source;
  }

  /**
   * Bloom filter of one load.
   *
   * @param filter the Bloom filter
   * @param capacity number of locators up to which its false positive rate holds
   * @param added number of locators added; deletions are not subtracted
   */
  record Generation(BloomFilter<Locator> filter, long capacity, AtomicLong added) {

    private static Generation of(long capacity) {
      BloomFilter<Locator> filter =
          BloomFilter.create(
              (locator, sink) -> sink.putBytes(locator.bytes()), capacity, FALSE_POSITIVE_RATE);
      return new Generation(filter, capacity, new AtomicLong());
    }

    void add(Locator locator) {
      if (filter.put(locator)) {
        added.incrementAndGet();
      }
    }
  }

  /** Returns whether there may be an appointment or a tracker for {@code locator}. */
  boolean mightContain(Locator locator) {
    Generation all = active;
    return all == null || all.filter.mightContain(locator);
  }

  /**
   * Lets {@code locator} pass from now on. Must be called within the transaction that stores it.
   */
  void add(Locator locator) {
    // In this order: a load sets active before it clears loading.
    Generation next = loading;
    if (next != null) {
      next.add(locator);
    }
    Generation now = active;
    if (now != null) {
      now.add(locator);
      if (now.added.get() > now.capacity && isLoading.compareAndSet(false, true)) {
        startLoader();
      }
    }
  }

  /** Starts a thread that loads the stored locators, and returns it. */
  Thread startLoading() {
    isLoading.set(true);
    return startLoader();
  }

  private Thread startLoader() {
    return Thread.ofPlatform().daemon().name("locator-filter").start(this::load);
  }

  private void load() {
    long start = System.nanoTime();
    try {
      Generation next = Generation.of(Math.max(MIN_CAPACITY, source.count() * 3 / 2));
      loading = next;
      source.awaitWrites(); // writes that did not see the new generation are read below
      source.addAllTo(next);
      active = next;
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      log.atLevel(seconds > 0 ? Level.INFO : Level.DEBUG)
          .addKeyValue("locators", next.added)
          .addKeyValue("seconds", seconds)
          .log("locators loaded into memory");
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("cannot load the locators: blocks are searched in the database");
    } finally {
      loading = null;
      isLoading.set(false);
    }
  }
}
