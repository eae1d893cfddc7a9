package teos.tower.watcher;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * Responds to the disputes of a batch of late appointments, which arrived after their disputes.
 * Reads each block once. Used by the thread of {@link RecentDisputes} only.
 */
final class RecentDisputeSearch {

  private static final Logger log = LoggerFactory.getLogger(RecentDisputeSearch.class);

  /** Transactions whose locators are looked up in one query. */
  private static final int TXID_BATCH_SIZE = 5_000;

  private final BreachSearch search;
  private final RecentDisputeReader reader;

  RecentDisputeSearch(BreachSearch search, RecentDisputeReader reader) {
    this.search = search;
    this.reader = reader;
  }

  /**
   * Location of a dispute.
   *
   * @param txid the dispute
   * @param block its block; empty while it is in the mempool
   */
  record Location(Txid txid, Optional<BlockId> block) {}

  /**
   * Responds to the disputes of the appointments with these locators, block by block. Blocks with
   * few locators come first, because they take little time.
   *
   * @return false if some disputes could not be read at the moment
   */
  boolean answer(Map<Locator, Location> located) throws BitcoindException {
    Map<Optional<BlockId>, Map<Locator, Txid>> byBlock = new LinkedHashMap<>();
    located.forEach(
        (locator, location) ->
            byBlock
                .computeIfAbsent(location.block(), block -> new HashMap<>())
                .put(locator, location.txid()));
    boolean all = true;
    for (var block :
        byBlock.entrySet().stream()
            .sorted(Comparator.comparingInt(each -> each.getValue().size()))
            .toList()) {
      all &= answer(block.getValue(), block.getKey());
    }
    return all;
  }

  /**
   * Responds to those transactions in {@code index} that are disputes of stored appointments.
   *
   * @param block block of the transactions; empty if they are in the mempool
   * @return false if some disputes could not be read at the moment
   */
  boolean answerAll(TxidIndex index, Optional<BlockId> block) throws BitcoindException {
    boolean all = true;
    List<Txid> txids = index.page(0, TXID_BATCH_SIZE);
    for (int from = 0; !txids.isEmpty(); txids = index.page(from, TXID_BATCH_SIZE)) {
      Map<Locator, Txid> candidates = new HashMap<>();
      for (Txid txid : txids) {
        search.candidateLocators(txid).forEach(locator -> candidates.put(locator, txid));
      }
      all &= answer(candidates, block);
      from += txids.size();
    }
    return all;
  }

  private boolean answer(Map<Locator, Txid> disputes, Optional<BlockId> block)
      throws BitcoindException {
    RecentDisputeReader.Reading reading = reader.reading(disputes.values(), block);
    long found = search.answerBreaches(disputes, reading);
    if (found > 0) {
      log.atInfo()
          .addKeyValue("block", block.map(BlockId::toString).orElse("none"))
          .addKeyValue("disputes", disputes.size())
          .addKeyValue("appointments", found)
          .log("appointments arrived after their disputes");
    }
    return !reading.hasFailed();
  }
}
