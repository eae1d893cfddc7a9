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

/** Where transactions are, of which only the txid is known, without an index of them. */
final class ChainLookup {

  private static final int BLOCKS_AT_ONCE = 100;

  private final BitcoindRpc rpc;
  private final BlockProcessor blocks;

  ChainLookup(BitcoindRpc rpc, BlockProcessor blocks) {
    this.rpc = rpc;
    this.blocks = blocks;
  }

  /**
   * A transaction that has been found.
   *
   * @param height of its block; none while it is in the mempool
   */
  record LocatedTransaction(OptionalInt height, byte[] raw) {}

  /**
   * Looks where it is cheap: in the mempool, in bitcoind's index of transactions if it has one,
   * and, by an output that is still unspent, in the block that this is from.
   *
   * @param outputs how many of its outputs to look for
   */
  Optional<LocatedTransaction> find(Txid txid, int outputs) throws BitcoindException {
    Optional<LocatedTransaction> told = ask(txid);
    if (told.isPresent()) {
      return told;
    }
    for (int output = 0; output < outputs; output++) {
      OptionalInt height = blocks.heightOfUnspent(txid, output);
      if (height.isPresent()) {
        return inBlock(txid, height.getAsInt());
      }
    }
    return Optional.empty();
  }

  private Optional<LocatedTransaction> ask(Txid txid) throws BitcoindException {
    try {
      JsonNode told = rpc.call("getrawtransaction", txid.toString(), true);
      byte[] raw = HexFormat.of().parseHex(told.path("hex").asText());
      String hash = told.path("blockhash").asText();
      if (hash.isEmpty()) {
        return Optional.of(new LocatedTransaction(OptionalInt.empty(), raw));
      }
      Optional<BlockId> block = blocks.block(hash);
      return block.isPresent() && blocks.isInBestChain(block.get())
          ? Optional.of(new LocatedTransaction(OptionalInt.of(block.get().height()), raw))
          : Optional.empty();
    } catch (BitcoindException.Refused e) {
      return Optional.empty(); // it has no index, or not this transaction
    }
  }

  /** The transaction in the block at {@code height}, if it is in that. */
  Optional<LocatedTransaction> inBlock(Txid txid, int height) throws BitcoindException {
    Optional<String> hash = blocks.blockHash(height);
    return hash.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(
            in(blocks.fetch(new BlockId(hash.get(), height)), Set.of(txid)).get(txid));
  }

  private static Map<Txid, LocatedTransaction> in(ConnectedBlock block, Set<Txid> wanted) {
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

  /** Looks through all blocks of the best chain from {@code first} on; some may be in none. */
  Map<Txid, LocatedTransaction> search(
      int first, Set<Txid> wanted, Consumer<String> progress, CancellationToken cancellation)
      throws BitcoindException, MigrationException {
    Map<Txid, LocatedTransaction> found = new HashMap<>();
    int tip = blocks.bestBlock().height();
    for (int from = first; from <= tip; from += BLOCKS_AT_ONCE) {
      progress.accept(
          "looking through the blocks from %,d to %,d of %,d: %,d of %,d transactions found"
              .formatted(
                  from,
                  Math.min(from + BLOCKS_AT_ONCE - 1, tip),
                  tip,
                  found.size(),
                  wanted.size()));
      List<BlockId> next = blocks.blocks(from, Math.min(from + BLOCKS_AT_ONCE - 1, tip));
      for (BlockId block : next) {
        cancellation.check();
        found.putAll(in(blocks.fetch(block), wanted));
        if (found.size() == wanted.size()) {
          return found;
        }
      }
    }
    return found;
  }
}
