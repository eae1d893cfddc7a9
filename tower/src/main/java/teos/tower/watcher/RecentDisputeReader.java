package teos.tower.watcher;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.protocol.Txid;
import teos.tower.responder.Breach;
import teos.tower.responder.Dispute;
import teos.tower.responder.Responder;

/**
 * Reads disputes of the last blocks and of the mempool by way of bitcoind. A few are read one by
 * one, as bitcoind needs no index for a transaction of a block that it is told; many of the same
 * block with one fetch of that block. What was read last is kept, as far as {@link #KEPT_BYTES} go.
 * Used by one thread.
 */
final class RecentDisputeReader {

  private static final Logger log = LoggerFactory.getLogger(RecentDisputeReader.class);

  /** So many of one block, and it is fetched: bitcoind reads all of it for each that it sends. */
  private static final int WORTH_A_BLOCK = 4;

  private static final int KEPT_BYTES = 4_000_000;

  private final BlockProcessor blocks;
  private final LocatorCache cache;
  private final MempoolScanner mempool;
  private final Responder responder;

  /** The one that was asked for longest ago comes first. */
  private final Map<Txid, byte[]> kept = new LinkedHashMap<>(16, 0.75f, true);

  private long keptBytes;

  RecentDisputeReader(
      BlockProcessor blocks, LocatorCache cache, MempoolScanner mempool, Responder responder) {
    this.blocks = blocks;
    this.cache = cache;
    this.mempool = mempool;
    this.responder = responder;
  }

  /**
   * Returns a reader for one search.
   *
   * @param wanted transactions that it may be asked for
   * @param block that these are in; none if they are in the mempool
   */
  Reading of(Collection<Txid> wanted, Optional<BlockId> block) {
    return new Reading(new HashSet<>(wanted), block);
  }

  private void keep(Txid txid, byte[] raw) {
    if (kept.put(txid, raw) == null) {
      keptBytes += raw.length;
    }
    var oldest = kept.entrySet().iterator();
    while (keptBytes > KEPT_BYTES) {
      keptBytes -= oldest.next().getValue().length;
      oldest.remove();
    }
  }

  final class Reading implements DisputeReader<BitcoindException> {
    /** Those that have not been read yet. */
    private final Set<Txid> unread;

    private final Optional<BlockId> block;
    private final OptionalInt height;
    private boolean failed;

    private Reading(Set<Txid> wanted, Optional<BlockId> block) {
      this.unread = wanted;
      this.block = block;
      this.height = block.map(id -> OptionalInt.of(id.height())).orElse(OptionalInt.empty());
    }

    /** Whether some could not be read that may be read later. */
    boolean hasFailed() {
      return failed;
    }

    @Override
    public List<Optional<Dispute>> read(List<Txid> txids, int enough) throws BitcoindException {
      List<Optional<Dispute>> read = new ArrayList<>();
      long bytes = 0;
      while (read.size() < txids.size() && (bytes < enough || read.isEmpty())) {
        Txid txid = txids.get(read.size());
        Optional<byte[]> raw = read(txid);
        unread.remove(txid);
        bytes += raw.map(found -> found.length).orElse(0);
        read.add(raw.map(found -> new Dispute(txid, found, height)));
      }
      return read;
    }

    private Optional<byte[]> read(Txid txid) throws BitcoindException {
      if (block.isEmpty()) {
        return fromMempool(txid);
      }
      byte[] known = kept.get(txid);
      return known == null ? fromBlock(txid, block.get()) : Optional.of(known);
    }

    private Optional<byte[]> fromMempool(Txid txid) throws BitcoindException {
      Optional<byte[]> raw = blocks.mempoolTransaction(txid);
      if (raw.isEmpty()) {
        mempool.forget(txid);
      }
      return raw;
    }

    /** What is wrong with one block must not keep back what is in others. */
    private Optional<byte[]> fromBlock(Txid txid, BlockId id) throws BitcoindException {
      try {
        Optional<byte[]> raw =
            unread.size() < WORTH_A_BLOCK ? blocks.transaction(txid, id) : Optional.empty();
        raw.ifPresent(found -> keep(txid, found));
        return raw.isPresent() ? raw : fromWholeBlock(txid, id);
      } catch (BitcoindException.OutOfSync e) {
        failed = true;
        log.atDebug()
            .addKeyValue("block", id)
            .addKeyValue("reason", e.getMessage())
            .log("cannot read a dispute now");
        return Optional.empty();
      } catch (BitcoindException.Refused | BitcoindException.Unusable e) {
        log.atError()
            .addKeyValue("block", id)
            .addKeyValue("reason", e.getMessage())
            .log("cannot read a dispute");
        return Optional.empty();
      }
    }

    private Optional<byte[]> fromWholeBlock(Txid txid, BlockId id) throws BitcoindException {
      ConnectedBlock whole = blocks.fetch(id);
      Optional<byte[]> asked = Optional.empty();
      for (int i = 0; i < whole.txids().size(); i++) {
        Txid found = whole.txids().get(i);
        if (found.equals(txid)) {
          asked = Optional.of(whole.transaction(i));
        } else if (unread.contains(found)) {
          keep(found, whole.transaction(i));
        }
      }
      return asked;
    }

    /** If the block has left the chain meanwhile, the trackers have come too late to be told. */
    @Override
    public void answered(List<Breach> breaches) {
      block
          .filter(id -> !cache.contains(id))
          .ifPresent(
              id ->
                  breaches.forEach(
                      breach -> responder.disputeUnconfirmed(breach.appointment().key(), id)));
    }
  }
}
