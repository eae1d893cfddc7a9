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
import teos.tower.store.RawTransaction;

/** Searches the mempool for disputes, and keeps an index of the transactions it has searched. */
final class MempoolScanner {

  private static final Logger log = LoggerFactory.getLogger(MempoolScanner.class);

  /** Locators looked up in one query. */
  private static final int LOCATOR_BATCH_SIZE = 10_000;

  private final BreachSearch search;
  private final BlockProcessor blocks;
  private final Consumer<Map<Locator, Txid>> retry;

  /** Transactions of the mempool that have been searched. */
  private volatile TxidIndex index = new TxidIndex(0);

  /** Index of the snapshot being searched, if any; until it is complete, both are searched. */
  private volatile @Nullable TxidIndex nextIndex;

  /**
   * @param retry receives disputes that cannot be read at the moment, to be retried later
   */
  MempoolScanner(BreachSearch search, BlockProcessor blocks, Consumer<Map<Locator, Txid>> retry) {
    this.search = search;
    this.blocks = blocks;
    this.retry = retry;
  }

  /**
   * Returns the transaction with {@code locator}, if it is in the mempool. Reads the next index
   * first: it replaces the current one before it stops being the next.
   */
  Optional<Txid> find(Locator locator) {
    TxidIndex next = nextIndex;
    Optional<Txid> dispute = next == null ? Optional.empty() : next.find(locator);
    return dispute.or(() -> index.find(locator));
  }

  /** Removes a transaction that has left the mempool. */
  void remove(Txid txid) {
    index.remove(txid);
  }

  /** Returns the index of searched transactions. */
  TxidIndex index() {
    return index;
  }

  /**
   * Searches {@code transactions} for disputes, except those searched before.
   *
   * @param snapshot whether these are all transactions of the mempool
   */
  void scan(List<MempoolTransaction> transactions, boolean snapshot) {
    try {
      if (snapshot) {
        TxidIndex next = new TxidIndex(transactions.size());
        nextIndex = next;
        searchNew(transactions, index, next);
        index = next;
      } else {
        searchNew(transactions, index, index);
      }
    } catch (RuntimeException e) {
      index =
          new TxidIndex(
              0); // nothing counts as searched: the next attempt starts from the beginning
      throw e;
    } finally {
      nextIndex = null;
    }
  }

  /** Searches transactions that are not in {@code before}, and adds all of them to {@code next}. */
  private void searchNew(List<MempoolTransaction> transactions, TxidIndex before, TxidIndex next) {
    Map<Locator, Txid> disputes = new HashMap<>();
    Map<Txid, byte[]> raw = new HashMap<>();
    for (MempoolTransaction transaction : transactions) {
      Txid txid = transaction.txid();
      boolean known = before.contains(txid);
      next.add(txid);
      List<Locator> locators = known ? List.of() : search.candidateLocators(txid);
      locators.forEach(locator -> disputes.put(locator, txid));
      byte[] bytes = transaction.raw();
      if (bytes != null && !locators.isEmpty()) {
        raw.put(txid, bytes);
      }
      if (disputes.size() >= LOCATOR_BATCH_SIZE) {
        answer(disputes, raw);
        disputes.clear();
        raw.clear();
      }
    }
    answer(disputes, raw);
  }

  private void answer(Map<Locator, Txid> disputes, Map<Txid, byte[]> raw) {
    try {
      search.answerBreaches(disputes, (txids, maxBytes) -> read(txids, maxBytes, raw));
    } catch (BitcoindException e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("cannot read disputes from the mempool; retrying");
      retry.accept(Map.copyOf(disputes));
    }
  }

  /** Returns disputes whose bytes came with the notification, or else reads them from bitcoind. */
  private List<Optional<Dispute>> read(List<Txid> txids, int maxBytes, Map<Txid, byte[]> raw)
      throws BitcoindException {
    List<Optional<Dispute>> read = new ArrayList<>();
    for (Txid txid : txids) {
      byte[] bytes = raw.get(txid);
      if (bytes == null) {
        break;
      }
      read.add(Optional.of(new Dispute(new RawTransaction(bytes, txid), OptionalInt.empty())));
    }
    if (read.isEmpty()) {
      for (Optional<byte[]> bytes : blocks.mempoolTransactions(txids, maxBytes)) {
        Txid txid = txids.get(read.size());
        if (bytes.isEmpty()) {
          remove(txid);
        }
        read.add(
            bytes.map(found -> new Dispute(new RawTransaction(found, txid), OptionalInt.empty())));
      }
    }
    return read;
  }
}
