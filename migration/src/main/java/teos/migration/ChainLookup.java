package teos.migration;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.protocol.Txid;

/** Finds transactions by txid in blocks and mempool; works without bitcoind's txindex. */
final class ChainLookup {

  private static final int BATCH_BLOCKS = 100;

  private final BitcoindRpc rpc;
  private final BlockProcessor blocks;

  ChainLookup(BitcoindRpc rpc, BlockProcessor blocks) {
    this.rpc = rpc;
    this.blocks = blocks;
  }

  /**
   * A transaction in a block or in the mempool.
   *
   * @param height of its block; empty if it is in the mempool
   */
  record LocatedTransaction(OptionalInt height, byte[] raw) {}

  /**
   * Returns the transaction if it can be found without a search through blocks: it is in the
   * mempool, bitcoind has a txindex, or one of its outputs is unspent, which tells its block.
   *
   * @param outputs number of its outputs to look up in the UTXO set
   */
  Optional<LocatedTransaction> find(Txid txid, int outputs) throws BitcoindException {
    Optional<LocatedTransaction> fromNode = getRawTransaction(txid);
    if (fromNode.isPresent()) {
      return fromNode;
    }
    for (int output = 0; output < outputs; output++) {
      OptionalInt height = blocks.heightOfUnspent(txid, output);
      if (height.isPresent()) {
        return inBlock(txid, height.getAsInt());
      }
    }
    return Optional.empty();
  }

  private Optional<LocatedTransaction> getRawTransaction(Txid txid) throws BitcoindException {
    try {
      JsonNode reply = rpc.call("getrawtransaction", txid.toString(), true);
      byte[] raw = HexFormat.of().parseHex(reply.path("hex").asText());
      String hash = reply.path("blockhash").asText();
      if (hash.isEmpty()) {
        return Optional.of(new LocatedTransaction(OptionalInt.empty(), raw));
      }
      Optional<BlockId> block = blocks.block(hash);
      return block.isPresent() && blocks.isInBestChain(block.get())
          ? Optional.of(new LocatedTransaction(OptionalInt.of(block.get().height()), raw))
          : Optional.empty();
    } catch (BitcoindException.Refused e) {
      return Optional.empty(); // no txindex, or an unknown transaction
    }
  }

  /** Returns the transaction if it is in the block at {@code height} of the best chain. */
  Optional<LocatedTransaction> inBlock(Txid txid, int height) throws BitcoindException {
    Optional<String> hash = blocks.blockHash(height);
    return hash.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(
            transactionsIn(blocks.fetch(new BlockId(hash.get(), height)), Set.of(txid)).get(txid));
  }

  private static Map<Txid, LocatedTransaction> transactionsIn(
      ConnectedBlock block, Set<Txid> wanted) {
    Map<Txid, LocatedTransaction> found = new HashMap<>();
    for (int i = 0; i < block.txids().size(); i++) {
      Txid txid = block.txids().get(i);
      if (wanted.contains(txid)) {
        found.put(
            txid, new LocatedTransaction(OptionalInt.of(block.height()), block.transaction(i)));
      }
    }
    return found;
  }

  /**
   * Searches the blocks of the best chain from height {@code first} on until all {@code wanted}
   * transactions are found. The result lacks transactions that are in none of these blocks.
   */
  Map<Txid, LocatedTransaction> search(
      int first, Set<Txid> wanted, Consumer<String> progress, CancellationToken cancellation)
      throws BitcoindException, MigrationException {
    Map<Txid, LocatedTransaction> found = new HashMap<>();
    int tip = blocks.bestBlock().height();
    for (int from = first; from <= tip; from += BATCH_BLOCKS) {
      progress.accept(
          "searching blocks %,d to %,d of %,d: %,d of %,d transactions found"
              .formatted(
                  from, Math.min(from + BATCH_BLOCKS - 1, tip), tip, found.size(), wanted.size()));
      List<BlockId> batch = blocks.blocks(from, Math.min(from + BATCH_BLOCKS - 1, tip));
      for (BlockId block : batch) {
        cancellation.check();
        found.putAll(transactionsIn(blocks.fetch(block), wanted));
        if (found.size() == wanted.size()) {
          return found;
        }
      }
    }
    return found;
  }
}
