package teos.tower.watcher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.Breach;
import teos.tower.responder.Responder;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Database;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.StorageException;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.watcher.AppointmentRejectedException.Reason;
import teos.tower.watcher.LocatorCache.Hit;

/**
 * Takes appointments, and looks for their disputes in each block and in the mempool. What it finds
 * goes to the {@link Responder}.
 *
 * <p>No appointment falls between the two: a block is put into the locator cache before its locators
 * are looked up in the database, and an appointment is in the database before its locator is looked
 * up in the cache. The same goes for the mempool and its index.
 */
public final class Watcher {

  private static final Logger log = LoggerFactory.getLogger(Watcher.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** Of a large mempool, looked up in one query. */
  private static final int MEMPOOL_LOCATORS_AT_ONCE = 10_000;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final Responder responder;
  private final BlockProcessor blocks;
  private final LocatorCache cache;
  private volatile MempoolIndex mempool = new MempoolIndex(0);
  private final long maxAppointments;

  /** Appointments stored; what is dropped and completed is noticed with the next block. */
  private final AtomicLong count;

  /**
   * @param blocks where a dispute of one of the last blocks is read again
   * @param maxAppointments the most appointments that are taken, of all users
   * @param cacheSize blocks in the locator cache
   */
  public Watcher(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Responder responder,
      BlockProcessor blocks,
      long maxAppointments,
      int cacheSize) {
    this.database = database;
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.responder = responder;
    this.blocks = blocks;
    this.maxAppointments = maxAppointments;
    this.cache = new LocatorCache(cacheSize);
    this.count = new AtomicLong(database.read(appointments::countAppointments));
  }

  /**
   * Takes {@code appointment}, in the place of the user's earlier one for the same locator. When
   * this returns, it is on disk; if its dispute is in one of the last blocks, it is being answered.
   *
   * @param userSignature the user's signature of it, from which {@code user} was recovered
   * @throws AppointmentRejectedException if it is not taken
   */
  public AppointmentAccepted addAppointment(
      Appointment appointment, String userSignature, PublicKey user)
      throws AppointmentRejectedException {
    int height = gatekeeper.height();
    StoredAppointment stored =
        new StoredAppointment(appointment, user, userSignature, height);
    Outcome outcome = database.write(handle -> store(handle, stored));
    return switch (outcome) {
      case Rejected rejected ->
          throw new AppointmentRejectedException(rejected.reason(), rejected.message());
      case Accepted accepted -> {
        log.debug("appointment taken: uuid={} slots left={}", stored.uuid(), accepted.slots());
        answerIfRecent(stored);
        yield new AppointmentAccepted(
            new AppointmentReceipt(userSignature, height), accepted.slots(), accepted.expiry());
      }
    };
  }

  private sealed interface Outcome {}

  private record Accepted(long slots, long expiry) implements Outcome {}

  private record Rejected(Reason reason, String message) implements Outcome {}

  private Outcome store(Handle handle, StoredAppointment stored) {
    Appointment appointment = stored.appointment();
    Locator locator = appointment.locator();
    UserRecord user = gatekeeper.user(handle, stored.user()).orElse(null);
    if (user == null) {
      return new Rejected(Reason.NOT_REGISTERED, "the signer is not registered");
    }
    if (gatekeeper.hasExpired(user)) {
      return new Rejected(
          Reason.SUBSCRIPTION_EXPIRED,
          "Your subscription expired at block " + user.subscriptionExpiry());
    }
    Optional<Tracker> tracker = trackers.load(handle, locator, user.id());
    if (tracker.map(Tracker::isAnswering).orElse(false)) {
      return new Rejected(
          Reason.ALREADY_TRIGGERED, "The dispute of this appointment has been answered already");
    }
    Optional<Integer> before = appointments.blobLength(handle, locator, user.id());
    if (before.isEmpty() && count.get() >= maxAppointments) {
      return new Rejected(Reason.TOWER_FULL, "This tower takes no more appointments");
    }
    long slots = appointment.slots() - before.map(Appointment::slots).orElse(0);
    Optional<Long> left = gatekeeper.takeSlots(handle, user, slots);
    if (left.isEmpty()) {
      return new Rejected(
          Reason.NOT_ENOUGH_SLOTS,
          "it takes " + slots + " slots, and " + user.availableSlots() + " are left");
    }
    appointments.storeAppointment(handle, stored);
    tracker
        .filter(old -> old.status() instanceof PenaltyStatus.DisputeGone)
        .ifPresent(old -> trackers.delete(handle, old)); // its penalty is the old one
    if (before.isEmpty()) {
      count.incrementAndGet();
    }
    return new Accepted(left.get(), user.subscriptionExpiry());
  }

  /** Answers an appointment whose dispute is in the mempool or in one of the last blocks. */
  private void answerIfRecent(StoredAppointment stored) {
    answerIfRecent(stored, Optional.empty());
  }

  /**
   * @param before where its dispute was when bitcoind could not be asked for it: away for long, that
   *     block may have left the cache
   */
  private void answerIfRecent(StoredAppointment stored, Optional<Hit> before) {
    Locator locator = stored.appointment().locator();
    Optional<Hit> hit = cache.find(locator).or(() -> before);
    Optional<Txid> unconfirmed = hit.isPresent() ? Optional.empty() : mempool.find(locator);
    try {
      if (hit.isPresent()) {
        answerFromBlock(stored, hit.get());
      } else if (unconfirmed.isPresent()) {
        answerFromMempool(stored, unconfirmed.get());
      }
    } catch (BitcoindException.Refused e) {
      log.error("cannot read the dispute of uuid={}: {}", stored.uuid(), e.getMessage());
    } catch (BitcoindException e) {
      // On disk it is, and the caches of a tower that starts anew are searched for it. Until then:
      log.warn("cannot read the dispute of uuid={} now: {}", stored.uuid(), e.getMessage());
      Thread.startVirtualThread(() -> answerLater(stored, hit));
    }
  }

  private void answerFromBlock(StoredAppointment stored, Hit hit) throws BitcoindException {
    log.info("the dispute of uuid={} is in block {} already", stored.uuid(), hit.block());
    ConnectedBlock block = blocks.fetch(hit.block());
    int at = block.txids().indexOf(hit.txid());
    answer(List.of(stored), Map.of(stored.appointment().locator(), at), block);
    if (!cache.contains(hit.block())) {
      // It has left the chain (or the cache) meanwhile, and the tracker came too late to be told.
      responder.disputeUnconfirmed(stored.key());
    }
  }

  private void answerFromMempool(StoredAppointment stored, Txid dispute)
      throws BitcoindException {
    Optional<byte[]> raw = blocks.mempoolTransaction(dispute);
    if (raw.isPresent()) {
      log.info("the dispute of uuid={} is in the mempool already", stored.uuid());
      answer(stored, dispute, raw.get());
    } else {
      mempool.forget(dispute);
    }
  }

  private void answerLater(StoredAppointment stored, Optional<Hit> before) {
    try {
      Thread.sleep(RETRY);
      if (database.read(h -> stillWatched(h, stored))) {
        answerIfRecent(stored, before);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StorageException e) {
      // Closed, most likely, as the tower has been stopped: the next start looks again.
      log.warn("cannot answer the dispute of uuid={} now: {}", stored.uuid(), e.getMessage());
    }
  }

  private boolean stillWatched(Handle handle, StoredAppointment stored) {
    return appointments
        .watchedWithLocators(handle, List.of(stored.appointment().locator()))
        .stream()
        .anyMatch(stored::equals);
  }

  /** The user's appointment for {@code locator}. */
  public Optional<AppointmentInfo> appointment(Locator locator, PublicKey user) {
    return database.read(
        handle ->
            trackers
                .load(handle, locator, user)
                .filter(Tracker::isAnswering)
                .<AppointmentInfo>map(AppointmentInfo.DisputeResponded::new)
                .or(
                    () ->
                        appointments
                            .loadAppointment(handle, locator, user)
                            .map(stored -> new AppointmentInfo.BeingWatched(stored.appointment()))));
  }

  /** The locators of all of the user's appointments. */
  public List<Locator> locatorsOf(PublicKey user) {
    return database.read(handle -> appointments.locatorsOf(handle, user));
  }

  /**
   * Looks for disputes in {@code block}; doing so again does no harm.
   *
   * @param more whether there are blocks over it, which are going to be told of
   */
  public void blockConnected(ConnectedBlock block, boolean more) {
    cache.add(block);
    Map<Locator, Integer> locators = HashMap.newHashMap(2 * block.txids().size());
    for (int i = 0; i < block.txids().size(); i++) {
      Txid txid = block.txids().get(i);
      for (Dialect dialect : Dialect.values()) {
        locators.put(dialect.locator(txid), i);
      }
    }
    List<StoredAppointment> found = watched(locators.keySet());
    log.atLevel(more && found.isEmpty() ? Level.DEBUG : Level.INFO)
        .log(
            "block {}: {} transactions, {} disputes",
            block.id(),
            block.txids().size(),
            found.size());
    answer(found, locators, block);
    if (!more) {
      count.set(database.read(appointments::countAppointments));
    }
  }

  private List<StoredAppointment> watched(Set<Locator> locators) {
    return database.read(handle -> appointments.watchedWithLocators(handle, locators));
  }

  /**
   * Looks for disputes among what is in the mempool.
   *
   * @param whole whether these are all that there are
   */
  public void mempoolSeen(List<MempoolTransaction> transactions, boolean whole) {
    try {
      lookUp(transactions, whole);
    } catch (RuntimeException e) {
      mempool = new MempoolIndex(0); // nothing counts as looked up: the next try begins anew
      throw e;
    }
  }

  private void lookUp(List<MempoolTransaction> transactions, boolean whole) {
    // What was there before has been looked up before; what comes meanwhile is found by one of both.
    MempoolIndex before = mempool;
    if (whole) {
      mempool = new MempoolIndex(transactions.size());
    }
    Map<Locator, MempoolTransaction> locators = new HashMap<>();
    for (MempoolTransaction transaction : transactions) {
      boolean known = before.find(Dialect.V2.locator(transaction.txid())).isPresent();
      mempool.add(transaction.txid());
      if (!known) {
        for (Dialect dialect : Dialect.values()) {
          locators.put(dialect.locator(transaction.txid()), transaction);
        }
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
    for (StoredAppointment stored : watched(locators.keySet())) {
      MempoolTransaction found = locators.get(stored.appointment().locator());
      log.info("a dispute is in the mempool: uuid={} dispute={}", stored.uuid(), found.txid());
      try {
        byte[] raw = found.raw();
        if (raw == null) {
          raw = blocks.mempoolTransaction(found.txid()).orElse(null);
        }
        if (raw != null) {
          answer(stored, found.txid(), raw);
        }
      } catch (BitcoindException e) {
        log.warn("cannot read the dispute of uuid={} now: {}", stored.uuid(), e.getMessage());
        Thread.startVirtualThread(() -> answerLater(stored, Optional.empty()));
      }
    }
  }

  private void answer(StoredAppointment stored, Txid dispute, byte[] raw) {
    BreachFinder.open(stored, dispute, raw, OptionalInt.empty())
        .ifPresentOrElse(
            breach -> responder.handleBreaches(List.of(breach)), () -> drop(stored));
  }

  /** Forgets a block that has left the chain. */
  public void blockDisconnected(BlockId block) {
    cache.remove(block);
  }

  private void answer(
      List<StoredAppointment> found, Map<Locator, Integer> locators, ConnectedBlock block) {
    List<Breach> breaches = new ArrayList<>();
    for (StoredAppointment stored : found) {
      int at = locators.get(stored.appointment().locator());
      byte[] dispute = block.transaction(at);
      Optional<Breach> breach = BreachFinder.open(
              stored, block.txids().get(at), dispute, OptionalInt.of(block.height()));
      breach.ifPresentOrElse(breaches::add, () -> drop(stored));
    }
    responder.handleBreaches(breaches);
  }

  /** Drops what its user has made wrongly; the slot stays taken, as the price of it. */
  private void drop(StoredAppointment stored) {
    log.warn("dropped: uuid={} its blob holds no transaction for its dispute", stored.uuid());
    database.write(
        handle -> {
          appointments.deleteAppointment(
              handle, stored.appointment().locator(), stored.user());
          return null;
        });
  }
}
