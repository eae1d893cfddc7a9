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
import teos.tower.store.RawTransaction;

/**
 * Reads disputes of the last blocks and of the mempool from bitcoind. Reads a few disputes of a
 * block one by one, since bitcoind needs no transaction index if it is given the block, and many
 * with one fetch of the whole block. Caches up to {@value #MAX_CACHED_BYTES} bytes. Used by one
 * thread.
 */
final class RecentDisputeReader {

  private static final Logger log = LoggerFactory.getLogger(RecentDisputeReader.class);

  /** Disputes of a block for which it is fetched: bitcoind reads the whole block for each one. */
  private static final int MIN_READS_FOR_BLOCK = 4;

  private static final int MAX_CACHED_BYTES = 4_000_000;

  private final BlockProcessor blocks;
  private final LocatorCache cache;
  private final MempoolScanner mempool;
  private final Responder responder;

  /** In order of last access, least recently used first. */
  private final Map<Txid, byte[]> recentlyRead = new LinkedHashMap<>(16, 0.75f, true);

  private long recentlyReadBytes;

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
   * @param txids disputes that it may be asked for
   * @param block block of the disputes; empty if they are in the mempool
   */
  Reading reading(Collection<Txid> txids, Optional<BlockId> block) {
    return new Reading(new HashSet<>(txids), block);
  }

  private void cache(Txid txid, byte[] raw) {
    if (recentlyRead.put(txid, raw) == null) {
      recentlyReadBytes += raw.length;
    }
    var oldest = recentlyRead.entrySet().iterator();
    while (recentlyReadBytes > MAX_CACHED_BYTES) {
      recentlyReadBytes -= oldest.next().getValue().length;
      oldest.remove();
    }
  }

  /** Reader of one search. */
  final class Reading implements DisputeReader<BitcoindException> {
    /** Disputes that have not been read yet. */
    private final Set<Txid> unread;

    private final Optional<BlockId> block;
    private final OptionalInt height;
    private boolean failed;

    private Reading(Set<Txid> unread, Optional<BlockId> block) {
      this.unread = unread;
      this.block = block;
      this.height = block.map(id -> OptionalInt.of(id.height())).orElse(OptionalInt.empty());
    }

    /** Returns whether a dispute could not be read at the moment. */
    boolean hasFailed() {
      return failed;
    }

    @Override
    public List<Optional<Dispute>> read(List<Txid> txids, int maxBytes) throws BitcoindException {
      List<Optional<Dispute>> read = new ArrayList<>();
      long bytes = 0;
      while (read.size() < txids.size() && (bytes < maxBytes || read.isEmpty())) {
        Txid txid = txids.get(read.size());
        Optional<byte[]> raw = read(txid);
        unread.remove(txid);
        bytes += raw.map(found -> found.length).orElse(0);
        read.add(raw.map(found -> new Dispute(new RawTransaction(found, txid), height)));
      }
      return read;
    }

    private Optional<byte[]> read(Txid txid) throws BitcoindException {
      if (block.isEmpty()) {
        return fromMempool(txid);
      }
      byte[] known = recentlyRead.get(txid);
      return known == null ? fromBlock(txid, block.get()) : Optional.of(known);
    }

    private Optional<byte[]> fromMempool(Txid txid) throws BitcoindException {
      Optional<byte[]> raw = blocks.mempoolTransaction(txid);
      if (raw.isEmpty()) {
        mempool.remove(txid);
      }
      return raw;
    }

    /**
     * Catches errors that concern this block only: disputes of other blocks must not wait for it.
     */
    private Optional<byte[]> fromBlock(Txid txid, BlockId id) throws BitcoindException {
      try {
        Optional<byte[]> raw =
            unread.size() < MIN_READS_FOR_BLOCK ? blocks.transaction(txid, id) : Optional.empty();
        raw.ifPresent(found -> cache(txid, found));
        return raw.isPresent() ? raw : fromWholeBlock(txid, id);
      } catch (BitcoindException.OutOfSync e) {
        failed = true;
        log.atDebug()
            .addKeyValue("block", id)
            .addKeyValue("reason", e.getMessage())
            .log("cannot read dispute; retrying");
        return Optional.empty();
      } catch (BitcoindException.Refused | BitcoindException.Unusable e) {
        log.atError()
            .addKeyValue("block", id)
            .addKeyValue("reason", e.getMessage())
            .log("cannot read dispute");
        return Optional.empty();
      }
    }

    private Optional<byte[]> fromWholeBlock(Txid txid, BlockId id) throws BitcoindException {
      ConnectedBlock whole = blocks.fetch(id);
      Optional<byte[]> requested = Optional.empty();
      for (int i = 0; i < whole.txids().size(); i++) {
        Txid found = whole.txids().get(i);
        if (found.equals(txid)) {
          requested = Optional.of(whole.transaction(i));
        } else if (unread.contains(found)) {
          cache(found, whole.transaction(i));
        }
      }
      return requested;
    }

    /**
     * Marks disputes as unconfirmed if their block left the chain before their trackers existed.
     */
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
