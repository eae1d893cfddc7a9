package teos.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import teos.protocol.Txid;

/** What the tower asks bitcoind about the chain. */
public final class BlockProcessor {

  private final BitcoindRpc rpc;

  public BlockProcessor(BitcoindRpc rpc) {
    this.rpc = rpc;
  }

  /** The tip of the best chain. */
  public BlockId bestBlock() throws BitcoindException {
    return block(bestBlockHash());
  }

  /** The hash of the tip, display order. */
  public String bestBlockHash() throws BitcoindException {
    return rpc.call("getbestblockhash").asText();
  }

  /** The hash of the best chain's block at {@code height}, if the chain is that high. */
  public Optional<String> blockHash(int height) throws BitcoindException {
    try {
      return Optional.of(rpc.call("getblockhash", height).asText());
    } catch (BitcoindException.Refused e) {
      if (e.code() == RpcErrorCode.INVALID_PARAMETER) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The hash and height of a block that bitcoind knows. */
  public BlockId block(String hash) throws BitcoindException {
    return new BlockId(hash, header(hash).path("height").asInt());
  }

  /** Whether {@code block} is in the best chain; not, too, when bitcoind has never heard of it. */
  public boolean isInBestChain(BlockId block) throws BitcoindException {
    return blockHash(block.height()).filter(block.hash()::equals).isPresent();
  }

  /**
   * The block under {@code block}, which need not be in the best chain.
   *
   * @throws BitcoindException.Refused with {@link RpcErrorCode#INVALID_ADDRESS_OR_KEY} if bitcoind
   *     does not know {@code block}
   */
  public BlockId parent(BlockId block) throws BitcoindException {
    String previous = header(block.hash()).path("previousblockhash").asText();
    return new BlockId(previous, block.height() - 1);
  }

  /**
   * A whole block.
   *
   * @throws BitcoindException.Refused if bitcoind does not have it, or has it no more (pruned)
   */
  public ConnectedBlock fetch(BlockId id) throws BitcoindException {
    return BlockReader.read(id, rpc.callForBytes("getblock", id.hash(), 0));
  }

  /**
   * The last block of the best chain at or under {@code block}: what the tower had seen last, or
   * where the chain has left it since.
   */
  public BlockId findLastCommonAncestor(BlockId block) throws BitcoindException {
    BlockId ancestor = block;
    while (!isInBestChain(ancestor)) {
      ancestor = parent(ancestor);
    }
    return ancestor;
  }

  private JsonNode header(String hash) throws BitcoindException {
    return rpc.call("getblockheader", hash);
  }

  /** The txids of all transactions in the mempool. */
  public List<Txid> mempool() throws BitcoindException {
    return rpc.callForTxids("getrawmempool");
  }

  /** A transaction that is in the mempool, raw, if it still is. */
  public Optional<byte[]> mempoolTransaction(Txid txid) throws BitcoindException {
    try {
      return Optional.of(rpc.callForBytes("getrawtransaction", txid.toString()));
    } catch (BitcoindException.Refused e) {
      if (e.code() == RpcErrorCode.INVALID_ADDRESS_OR_KEY) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
