package teos.tower.watcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.tower.responder.Dispute;

/** Looks for disputes in the mempool, and knows the locators of what it has looked at. */
final class MempoolScanner {

  private static final Logger log = LoggerFactory.getLogger(MempoolScanner.class);

  /** Of a large mempool, looked up in one query. */
  private static final int LOCATORS_AT_ONCE = 10_000;

  private final BreachSearch search;
  private final BlockProcessor blocks;
  private final Consumer<Map<Locator, Txid>> retry;

  /** What has been looked up of the mempool. */
  private volatile TxidIndex index = new TxidIndex(0);

  /** The next one, while all of the mempool is looked through; each is asked until then. */
  private volatile @Nullable TxidIndex refilled;

  /**
   * @param retry takes disputes that cannot be read now, to be answered later
   */
  MempoolScanner(BreachSearch search, BlockProcessor blocks, Consumer<Map<Locator, Txid>> retry) {
    this.search = search;
    this.blocks = blocks;
    this.retry = retry;
  }

  /**
   * The transaction with {@code locator}, if it is in the mempool. In this order: the next index
   * has taken the other's place before it is the next no more.
   */
  Optional<Txid> find(Locator locator) {
    TxidIndex next = refilled;
    Optional<Txid> dispute = next == null ? Optional.empty() : next.find(locator);
    return dispute.or(() -> index.find(locator));
  }

  /** Forgets a transaction that has turned out not to be there any more. */
  void forget(Txid txid) {
    index.forget(txid);
  }

  /** What has been looked up. */
  TxidIndex index() {
    return index;
  }

  /**
   * Looks for disputes among what is in the mempool.
   *
   * @param whole whether these are all that there are
   */
  void seen(List<MempoolTransaction> transactions, boolean whole) {
    try {
      if (whole) {
        TxidIndex next = new TxidIndex(transactions.size());
        refilled = next;
        lookUp(transactions, index, next);
        index = next;
      } else {
        lookUp(transactions, index, index);
      }
    } catch (RuntimeException e) {
      index = new TxidIndex(0); // nothing counts as looked up: the next try begins anew
      throw e;
    } finally {
      refilled = null;
    }
  }

  /** What is in {@code before} has been looked up; what comes meanwhile is found by one of both. */
  private void lookUp(List<MempoolTransaction> transactions, TxidIndex before, TxidIndex next) {
    Map<Locator, Txid> wanted = new HashMap<>();
    Map<Txid, byte[]> raw = new HashMap<>();
    for (MempoolTransaction transaction : transactions) {
      Txid txid = transaction.txid();
      boolean known = before.contains(txid);
      next.add(txid);
      List<Locator> locators = known ? List.of() : search.wanted(txid);
      locators.forEach(locator -> wanted.put(locator, txid));
      byte[] bytes = transaction.raw();
      if (bytes != null && !locators.isEmpty()) {
        raw.put(txid, bytes);
      }
      if (wanted.size() >= LOCATORS_AT_ONCE) {
        answer(wanted, raw);
        wanted.clear();
        raw.clear();
      }
    }
    answer(wanted, raw);
  }

  private void answer(Map<Locator, Txid> wanted, Map<Txid, byte[]> raw) {
    try {
      search.answer(wanted, (txids, enough) -> read(txids, enough, raw));
    } catch (BitcoindException e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("cannot read disputes in the mempool now");
      retry.accept(Map.copyOf(wanted));
    }
  }

  /** Those whose bytes have come with the news, or those that have to be asked for. */
  private List<Optional<Dispute>> read(List<Txid> txids, int enough, Map<Txid, byte[]> raw)
      throws BitcoindException {
    List<Optional<Dispute>> read = new ArrayList<>();
    for (Txid txid : txids) {
      byte[] bytes = raw.get(txid);
      if (bytes == null) {
        break;
      }
      read.add(Optional.of(new Dispute(txid, bytes, OptionalInt.empty())));
    }
    if (read.isEmpty()) {
      for (Optional<byte[]> bytes : blocks.mempoolTransactions(txids, enough)) {
        Txid txid = txids.get(read.size());
        if (bytes.isEmpty()) {
          forget(txid);
        }
        read.add(bytes.map(found -> new Dispute(txid, found, OptionalInt.empty())));
      }
    }
    return read;
  }
}
