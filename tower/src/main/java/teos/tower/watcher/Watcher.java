package teos.tower.watcher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.Breach;
import teos.tower.responder.Responder;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.ArrivalsDBM;
import teos.tower.store.ArrivalsDBM.Arrival;
import teos.tower.store.Database;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StorageException;
import teos.tower.store.StoredAppointment;
import teos.tower.watcher.BreachFinder.Dispute;
import teos.tower.watcher.LocatorCache.Hit;

/**
 * Looks for the disputes of appointments in each block and in the mempool. What it finds goes to the
 * {@link Responder}.
 *
 * <p>No appointment falls between the two: a block is put into the locator cache before its locators
 * are looked up in the database, and an appointment is in the database before its locator is looked
 * up in the cache. The same goes for the mempool and its index.
 */
public final class Watcher {

  private static final Logger log = LoggerFactory.getLogger(Watcher.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private static final int ARRIVALS_AT_ONCE = 500;

  /** Of a large mempool, looked up in one query. */
  private static final int MEMPOOL_LOCATORS_AT_ONCE = 10_000;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final Responder responder;
  private final BlockProcessor blocks;
  private final LocatorCache cache;

  /** What has been looked up of the mempool. */
  private volatile MempoolIndex mempool = new MempoolIndex(0);

  /** The next one, while all of the mempool is looked through; each is asked until then. */
  private volatile @Nullable MempoolIndex refilled;

  private final SessionsDBM sessions = new SessionsDBM();
  private final ArrivalsDBM arrivals = new ArrivalsDBM();
  private final ReentrantLock hearing = new ReentrantLock();

  /**
   * @param blocks where a dispute of one of the last blocks is read again
   * @param cacheSize blocks in the locator cache
   */
  public Watcher(
      Database database,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper,
      Responder responder,
      BlockProcessor blocks,
      int cacheSize) {
    this.database = database;
    this.appointments = appointments;
    this.gatekeeper = gatekeeper;
    this.responder = responder;
    this.blocks = blocks;
    this.cache = new LocatorCache(cacheSize);
  }

  /**
   * Looks for the dispute of an appointment that has just been stored in the mempool and in the last
   * blocks, and answers it if it is there.
   */
  public void checkRecent(StoredAppointment stored) {
    Locator locator = stored.appointment().locator();
    Optional<Hit> hit = cache.find(locator);
    if (hit.isPresent()) {
      log.atInfo()
          .addKeyValue("uuid", stored.uuid())
          .addKeyValue("block", hit.get().block())
          .log("the dispute is in a block already");
      answerFromBlock(stored, hit.get());
    } else {
      inMempool(locator).ifPresent(txid -> answerFromMempool(stored, txid));
    }
  }

  /**
   * Hears of the appointments that front ends have taken, and looks for their disputes where they
   * may be already. To be done now and then; before each block it is done anyway.
   */
  public void hearArrivals() {
    if (!database.isShared()) {
      return;
    }
    hearing.lock();
    try {
      List<Arrival> arrived;
      do {
        arrived = database.read(handle -> arrivals.first(handle, ARRIVALS_AT_ONCE));
        hear(arrived);
      } while (arrived.size() == ARRIVALS_AT_ONCE);
    } finally {
      hearing.unlock();
    }
  }

  /**
   * The order is that of the one process, in which nothing falls between two sides: what has arrived
   * can be found by a block's locators before it is looked for among those of the blocks before.
   */
  private void hear(List<Arrival> arrived) {
    if (arrived.isEmpty()) {
      return;
    }
    List<AppointmentKey> keys = arrived.stream().map(Arrival::key).toList();
    appointments.hear(keys);
    Set<Locator> seen =
        keys.stream()
            .map(AppointmentKey::locator)
            .filter(locator -> cache.find(locator).isPresent() || inMempool(locator).isPresent())
            .collect(Collectors.toSet());
    watched(seen).forEach(this::checkRecent);
    database.write(
        handle -> {
          arrivals.delete(handle, arrived);
          return null;
        });
  }

  /** In this order: the next index has taken the other's place before it is the next no more. */
  private Optional<Txid> inMempool(Locator locator) {
    MempoolIndex next = refilled;
    Optional<Txid> dispute = next == null ? Optional.empty() : next.find(locator);
    return dispute.or(() -> mempool.find(locator));
  }

  private void answerFromBlock(StoredAppointment stored, Hit hit) {
    try {
      ConnectedBlock block = blocks.fetch(hit.block());
      int at = block.txids().indexOf(hit.txid());
      answer(List.of(stored), Map.of(stored.appointment().locator(), at), block);
      if (!cache.contains(hit.block())) {
        // If it has left the chain meanwhile, the tracker has come too late to be told.
        responder.disputeUnconfirmed(stored.key(), hit.block());
      }
    } catch (BitcoindException.Refused e) {
      log.atError()
          .addKeyValue("uuid", stored.uuid())
          .addKeyValue("reason", e.getMessage())
          .log("cannot read the dispute");
    } catch (BitcoindException e) {
      // The block may have left the cache by then: bitcoind can be away for long.
      later(stored, e, () -> answerFromBlock(stored, hit));
    }
  }

  private void answerFromMempool(StoredAppointment stored, Txid dispute) {
    try {
      Optional<byte[]> raw = blocks.mempoolTransaction(dispute);
      if (raw.isPresent()) {
        inMempool(stored, dispute);
        answer(stored, dispute, raw.get());
      } else {
        mempool.forget(dispute);
      }
    } catch (BitcoindException e) {
      later(stored, e, () -> answerFromMempool(stored, dispute));
    }
  }

  private static void inMempool(StoredAppointment stored, Txid dispute) {
    log.atInfo()
        .addKeyValue("uuid", stored.uuid())
        .addKeyValue("dispute", dispute)
        .log("the dispute is in the mempool");
  }

  /** On disk it is, and the caches of a tower that starts anew are searched for it. Until then: */
  private void later(StoredAppointment stored, BitcoindException cause, Runnable again) {
    log.atWarn()
        .addKeyValue("uuid", stored.uuid())
        .addKeyValue("reason", cause.getMessage())
        .log("cannot read the dispute now");
    Thread.startVirtualThread(
        () -> {
          try {
            Thread.sleep(RETRY);
            if (database.read(handle -> stillWatched(handle, stored))) {
              again.run();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (StorageException e) {
            // Closed, most likely, as the tower has been stopped: the next start looks again.
            log.atWarn()
                .addKeyValue("uuid", stored.uuid())
                .addKeyValue("reason", e.getMessage())
                .log("cannot answer the dispute");
          }
        });
  }

  private boolean stillWatched(Handle handle, StoredAppointment stored) {
    return appointments
        .watchedWithLocators(handle, List.of(stored.appointment().locator()))
        .stream()
        .anyMatch(stored::equals);
  }

  /**
   * Looks for disputes in {@code block}; doing so again does no harm.
   *
   * @param more whether there are blocks over it, which are going to be told of
   */
  public void blockConnected(ConnectedBlock block, boolean more) {
    hearArrivals(); // while those of the last blocks are in the cache, which may fill up quickly
    cache.add(block);
    long start = System.nanoTime();
    Map<Locator, Integer> locators = new HashMap<>();
    for (int i = 0; i < block.txids().size(); i++) {
      for (Locator locator : wanted(block.txids().get(i))) {
        locators.put(locator, i);
      }
    }
    List<StoredAppointment> found = watched(locators.keySet());
    log.atLevel(more && found.isEmpty() ? Level.DEBUG : Level.INFO)
        .addKeyValue("height", block.height())
        .addKeyValue("hash", block.id().hash())
        .addKeyValue("transactions", block.txids().size())
        .addKeyValue("disputes", found.size())
        .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
        .log("block");
    answer(found, locators, block);
  }

  /** Under which of its locators there may be an appointment. */
  private List<Locator> wanted(Txid txid) {
    List<Locator> wanted = List.of();
    for (LocatorKind kind : LocatorKind.ALL) {
      Locator locator = kind.of(txid);
      if (appointments.mayHold(locator)) {
        wanted = wanted.isEmpty() ? new ArrayList<>() : wanted;
        wanted.add(locator);
      }
    }
    return wanted;
  }

  private List<StoredAppointment> watched(Set<Locator> locators) {
    if (locators.isEmpty()) {
      return List.of();
    }
    return database.read(handle -> appointments.watchedWithLocators(handle, locators));
  }

  /**
   * Looks for disputes among what is in the mempool.
   *
   * @param whole whether these are all that there are
   */
  public void mempoolSeen(List<MempoolTransaction> transactions, boolean whole) {
    try {
      if (whole) {
        MempoolIndex next = new MempoolIndex(transactions.size());
        refilled = next;
        lookUp(transactions, mempool, next);
        mempool = next;
      } else {
        lookUp(transactions, mempool, mempool);
      }
    } catch (RuntimeException e) {
      mempool = new MempoolIndex(0); // nothing counts as looked up: the next try begins anew
      throw e;
    } finally {
      refilled = null;
    }
  }

  /** What is in {@code before} has been looked up; what comes meanwhile is found by one of both. */
  private void lookUp(
      List<MempoolTransaction> transactions, MempoolIndex before, MempoolIndex index) {
    Map<Locator, MempoolTransaction> locators = new HashMap<>();
    for (MempoolTransaction transaction : transactions) {
      boolean known = before.contains(transaction.txid());
      index.add(transaction.txid());
      if (!known) {
        wanted(transaction.txid()).forEach(locator -> locators.put(locator, transaction));
      }
      if (locators.size() >= MEMPOOL_LOCATORS_AT_ONCE) {
        answerFromMempool(locators);
        locators.clear();
      }
    }
    answerFromMempool(locators);
  }

  private void answerFromMempool(Map<Locator, MempoolTransaction> locators) {
    if (locators.isEmpty()) {
      return;
    }
    Map<Locator, byte[]> disputes = new HashMap<>();
    List<StoredAppointment> found = new ArrayList<>();
    for (StoredAppointment stored : watched(locators.keySet())) {
      MempoolTransaction dispute = locators.get(stored.appointment().locator());
      byte[] raw = dispute.raw();
      if (raw != null) {
        inMempool(stored, dispute.txid());
        disputes.put(stored.appointment().locator(), raw);
        found.add(stored);
      } else {
        answerFromMempool(stored, dispute.txid());
      }
    }
    answer(
        found,
        stored -> {
          Locator locator = stored.appointment().locator();
          return open(
              stored,
              new Dispute(
                  locators.get(locator).txid(), disputes.get(locator), OptionalInt.empty()));
        });
  }

  private void answer(StoredAppointment stored, Txid dispute, byte[] raw) {
    answer(
        List.of(stored), each -> open(each, new Dispute(dispute, raw, OptionalInt.empty())));
  }

  /** Forgets a block that has left the chain. */
  public void blockDisconnected(BlockId block) {
    cache.remove(block);
  }

  private void answer(
      List<StoredAppointment> found, Map<Locator, Integer> locators, ConnectedBlock block) {
    answer(
        found,
        stored -> {
          int at = locators.get(stored.appointment().locator());
          return open(
              stored,
              new Dispute(
                  block.txids().get(at),
                  block.transaction(at),
                  OptionalInt.of(block.height())));
        });
  }

  private Optional<Breach> open(StoredAppointment stored, Dispute dispute) {
    return BreachFinder.open(
        stored,
        dispute,
        session -> database.read(handle -> sessions.load(handle, session)));
  }

  /** Once more for those of which another version has come in between, until none has. */
  private void answer(
      List<StoredAppointment> found, Function<StoredAppointment, Optional<Breach>> opener) {
    List<StoredAppointment> left = found;
    while (!left.isEmpty()) {
      List<Breach> breaches = new ArrayList<>();
      List<StoredAppointment> newer = new ArrayList<>();
      for (StoredAppointment stored : left) {
        opener
            .apply(stored)
            .ifPresentOrElse(breaches::add, () -> drop(stored).ifPresent(newer::add));
      }
      newer.addAll(responder.handleBreaches(breaches));
      left = newer;
    }
  }

  /**
   * Drops what its user has made wrongly; the slot stays taken, as the price of it.
   *
   * @return another version that the user has sent meanwhile, which is not dropped
   */
  private Optional<StoredAppointment> drop(StoredAppointment stored) {
    Locator locator = stored.appointment().locator();
    Optional<StoredAppointment> newer =
        database.write(
            handle -> {
              gatekeeper.lock(handle, List.of(stored.user()));
              Optional<StoredAppointment> other =
                  appointments
                      .loadAppointment(handle, locator, stored.user())
                      .filter(now -> !now.equals(stored));
              if (other.isEmpty()) {
                appointments.deleteAppointment(handle, locator, stored.user());
                gatekeeper.forfeitSlots(handle, stored.user(), stored.appointment().slots());
              }
              return other;
            });
    log.atWarn()
        .addKeyValue("uuid", stored.uuid())
        .addKeyValue("reason", "its blob holds no transaction for its dispute")
        .log("dropped");
    return newer;
  }
}
