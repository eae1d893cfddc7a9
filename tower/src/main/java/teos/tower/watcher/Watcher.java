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
import teos.tower.store.RawTransaction;
import teos.tower.store.StoredAppointment;

/**
 * Searches each block and the mempool for disputes of appointments, and passes the breaches to the
 * {@link Responder}.
 *
 * <p>No dispute is missed if it arrives at the same time as its appointment: a block is in the
 * locator cache before its locators are looked up in the database, and an appointment is in the
 * database before its locator is looked up in the cache. The same holds for the mempool's index.
 */
public final class Watcher implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Watcher.class);

  private final LocatorCache cache;
  private final BreachSearch search;
  private final MempoolScanner mempool;
  private final RecentDisputes recent;
  private final ForwardedAppointments forwarded;

  /**
   * @param blocks reads disputes of the last blocks again
   * @param cacheSize number of blocks in the locator cache
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

  private void retryFromMempool(Map<Locator, Txid> disputes) {
    recent.retryFromMempool(disputes);
  }

  /**
   * Responds to the dispute of an appointment that has just been stored if it is in the mempool or
   * in one of the last blocks. Blocks until that is done, for at most two seconds.
   */
  public void checkRecent(StoredAppointment stored) {
    recent.check(stored.appointment().locator());
  }

  /**
   * Processes the appointments that front ends have forwarded, and checks recent transactions for
   * their disputes. Must be called regularly; each block does it as well.
   */
  public void drainForwarded() {
    forwarded.drain();
  }

  /**
   * Searches {@code block} for disputes. Repeating it is harmless.
   *
   * @param catchingUp whether blocks above it follow at once; they are logged at debug level
   */
  public void blockConnected(ConnectedBlock block, boolean catchingUp) {
    drainForwarded(); // before their disputes leave the cache, which a catch-up fills quickly
    cache.add(block);
    long start = System.nanoTime();
    Map<Locator, Txid> disputes = new HashMap<>();
    Map<Txid, Integer> positions = new HashMap<>();
    for (int i = 0; i < block.txids().size(); i++) {
      Txid txid = block.txids().get(i);
      for (Locator locator : search.candidateLocators(txid)) {
        disputes.put(locator, txid);
        positions.put(txid, i);
      }
    }
    long found = search.answerBreaches(disputes, new BlockDisputes(block, positions));
    log.atLevel(catchingUp && found == 0 ? Level.DEBUG : Level.INFO)
        .addKeyValue("height", block.height())
        .addKeyValue("hash", block.id().hash())
        .addKeyValue("transactions", block.txids().size())
        .addKeyValue("disputes", found)
        .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
        .log("block");
  }

  /** Reads disputes from a block in memory; all of them together are not larger than the block. */
  private record BlockDisputes(ConnectedBlock block, Map<Txid, Integer> positions)
      implements DisputeReader<RuntimeException> {
    @Override
    public List<Optional<Dispute>> read(List<Txid> txids, int maxBytes) {
      return txids.stream().map(this::read).toList();
    }

    private Optional<Dispute> read(Txid txid) {
      byte[] raw = block.transaction(Objects.requireNonNull(positions.get(txid)));
      return Optional.of(
          new Dispute(new RawTransaction(raw, txid), OptionalInt.of(block.height())));
    }
  }

  /** Removes a block that has left the chain. */
  public void blockDisconnected(BlockId block) {
    cache.remove(block);
  }

  /**
   * Searches transactions of the mempool for disputes.
   *
   * @param snapshot whether these are all transactions of the mempool
   */
  public void mempoolSeen(List<MempoolTransaction> transactions, boolean snapshot) {
    mempool.scan(transactions, snapshot);
  }

  /** Stops processing late appointments; a restart finds the rest. */
  @Override
  public void close() {
    recent.close();
  }
}
