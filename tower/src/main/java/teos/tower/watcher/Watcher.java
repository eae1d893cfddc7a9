package teos.tower.watcher;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.Dispute;
import teos.tower.responder.Responder;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.StoredAppointment;

/**
 * Looks for the disputes of appointments in each block and in the mempool. What it finds goes to
 * the {@link Responder}.
 *
 * <p>No appointment falls between the two: a block is put into the locator cache before its
 * locators are looked up in the database, and an appointment is in the database before its locator
 * is looked up in the cache. The same goes for the mempool and its index.
 */
public final class Watcher implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Watcher.class);

  private final LocatorCache cache;
  private final BreachSearch search;
  private final MempoolScanner mempool;
  private final RecentDisputes recent;
  private final ForwardedAppointments forwarded;

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
    this.cache = new LocatorCache(cacheSize);
    this.search = new BreachSearch(database, appointments, gatekeeper, responder);
    this.mempool = new MempoolScanner(search, blocks, this::retryFromMempool);
    this.recent =
        new RecentDisputes(
            cache, mempool, search, new RecentDisputeReader(blocks, cache, mempool, responder));
    this.forwarded = new ForwardedAppointments(database, appointments, recent);
  }

  private void retryFromMempool(Map<Locator, Txid> wanted) {
    recent.retryFromMempool(wanted);
  }

  /**
   * Looks for the dispute of an appointment that has just been stored in the mempool and in the
   * last blocks, and has it answered if it is there. Returns when that is done, unless it takes
   * long.
   */
  public void checkRecent(StoredAppointment stored) {
    recent.check(stored.appointment().locator());
  }

  /**
   * Hears of the appointments that front ends have taken, and looks for their disputes where they
   * may be already. To be done now and then; before each block it is done anyway.
   */
  public void hearArrivals() {
    forwarded.drain();
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
    Map<Locator, Txid> wanted = new HashMap<>();
    Map<Txid, Integer> places = new HashMap<>();
    for (int i = 0; i < block.txids().size(); i++) {
      Txid txid = block.txids().get(i);
      for (Locator locator : search.wanted(txid)) {
        wanted.put(locator, txid);
        places.put(txid, i);
      }
    }
    long found = search.answer(wanted, new BlockDisputes(block, places));
    log.atLevel(more && found == 0 ? Level.DEBUG : Level.INFO)
        .addKeyValue("height", block.height())
        .addKeyValue("hash", block.id().hash())
        .addKeyValue("transactions", block.txids().size())
        .addKeyValue("disputes", found)
        .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
        .log("block");
  }

  /** Takes disputes out of a block that is in memory, all of which is not much. */
  private record BlockDisputes(ConnectedBlock block, Map<Txid, Integer> places)
      implements DisputeReader<RuntimeException> {
    @Override
    public List<Optional<Dispute>> read(List<Txid> txids, int enough) {
      return txids.stream().map(this::read).toList();
    }

    private Optional<Dispute> read(Txid txid) {
      byte[] raw = block.transaction(Objects.requireNonNull(places.get(txid)));
      return Optional.of(new Dispute(txid, raw, OptionalInt.of(block.height())));
    }
  }

  /** Forgets a block that has left the chain. */
  public void blockDisconnected(BlockId block) {
    cache.remove(block);
  }

  /**
   * Looks for disputes among what is in the mempool.
   *
   * @param whole whether these are all that there are
   */
  public void mempoolSeen(List<MempoolTransaction> transactions, boolean whole) {
    mempool.seen(transactions, whole);
  }

  /** Ends answering what came after its dispute; what waits for that is found at the next start. */
  @Override
  public void close() {
    recent.close();
  }
}
