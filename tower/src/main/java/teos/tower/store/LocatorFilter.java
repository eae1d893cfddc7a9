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
 * Which locators there may be an appointment or a tracker for, in memory: of the thousands in a
 * block hardly one is stored, and none of the others needs a look into the database, nor do those
 * of new appointments. A Bloom filter, some 15 bits an appointment; one locator in a hundred that
 * is not stored passes all the same.
 *
 * <p>A locator that is stored always passes: whoever stores one adds it here within the
 * transaction, and what was stored before is read. Until that is in, all pass.
 */
final class LocatorFilter {

  private static final Logger log = LoggerFactory.getLogger(LocatorFilter.class);
  private static final double PASS_ALL_THE_SAME = 0.01;
  private static final long SMALLEST = 100_000;

  private final Source source;
  private final AtomicBoolean reading = new AtomicBoolean();

  private volatile @Nullable Contents complete;
  private volatile @Nullable Contents incomplete;

  /** Where the stored locators are read. */
  interface Source {
    /** Returns when all writes that have begun are done. */
    void awaitWrites();

    /** How many locators there are, more or less. */
    long count();

    /** Adds all locators to {@code contents}. */
    void addAllTo(Contents contents);
  }

  LocatorFilter(Source source) {
    this.source = source;
  }

  /**
   * @param capacity locators up to which the filter is as good as it should be
   * @param added how many there are; what is deleted stays
   */
  record Contents(BloomFilter<Locator> filter, long capacity, AtomicLong added) {

    private static Contents of(long capacity) {
      BloomFilter<Locator> filter =
          BloomFilter.create(
              (locator, sink) -> sink.putBytes(locator.bytes()), capacity, PASS_ALL_THE_SAME);
      return new Contents(filter, capacity, new AtomicLong());
    }

    void add(Locator locator) {
      if (filter.put(locator)) {
        added.incrementAndGet();
      }
    }
  }

  /** Whether there may be an appointment or a tracker for {@code locator}. */
  boolean mayHold(Locator locator) {
    Contents all = complete;
    return all == null || all.filter.mightContain(locator);
  }

  /** Lets {@code locator} pass from now on. To be called within the transaction that stores it. */
  void add(Locator locator) {
    // In this order: what is incomplete becomes complete before it is incomplete no more.
    Contents next = incomplete;
    if (next != null) {
      next.add(locator);
    }
    Contents now = complete;
    if (now != null) {
      now.add(locator);
      if (now.added.get() > now.capacity && reading.compareAndSet(false, true)) {
        startReading();
      }
    }
  }

  /** Reads what is stored, in a thread of its own. */
  Thread start() {
    reading.set(true);
    return startReading();
  }

  private Thread startReading() {
    return Thread.ofPlatform().daemon().name("locator-filter").start(this::read);
  }

  private void read() {
    long start = System.nanoTime();
    try {
      Contents next = Contents.of(Math.max(SMALLEST, source.count() * 3 / 2));
      incomplete = next;
      source.awaitWrites(); // those that did not see it yet: what follows reads what they wrote
      source.addAllTo(next);
      complete = next;
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      log.atLevel(seconds > 0 ? Level.INFO : Level.DEBUG)
          .log("the locators of {} appointments are in memory after {} s", next.added, seconds);
    } catch (RuntimeException e) {
      log.warn("the locators cannot be read, blocks are looked up without: {}", e.getMessage());
    } finally {
      incomplete = null;
      reading.set(false);
    }
  }
}
