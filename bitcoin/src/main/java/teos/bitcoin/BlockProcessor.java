package teos.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import teos.protocol.Txid;

/** bitcoind's RPC in the terms of the tower: blocks, transactions, and the state of the chain. */
public final class BlockProcessor {

  /** Transactions in a batch; bitcoind holds the whole response in memory. */
  private static final int MAX_BATCH_TRANSACTIONS = 32;

  private final BitcoindRpc rpc;

  public BlockProcessor(BitcoindRpc rpc) {
    this.rpc = rpc;
  }

  /** Returns bitcoind's {@code HOST:PORT}, for messages. */
  public String endpoint() {
    return rpc.endpoint();
  }

  /**
   * Checks that bitcoind answers.
   *
   * @throws BitcoindException.Unavailable if it does not
   */
  void ping() throws BitcoindException {
    rpc.ping();
  }

  /**
   * Returns those of {@code methods} that the tower may not call, or that bitcoind does not have.
   */
  public List<String> missingMethods(Collection<String> methods) throws BitcoindException {
    return RpcMethods.missing(rpc, methods);
  }

  /** Returns the state of bitcoind's chain. */
  public ChainInfo chainInfo() throws BitcoindException {
    JsonNode info = rpc.call("getblockchaininfo");
    ChainInfo reported =
        new ChainInfo(
            info.path("chain").asText(),
            new BlockId(info.path("bestblockhash").asText(), info.path("blocks").asInt()),
            info.path("headers").asInt(),
            info.path("initialblockdownload").asBoolean(),
            info.path("pruned").asBoolean() ? info.path("pruneheight").asInt() : 0);
    // Before version 29, bitcoind counts the headers of invalid blocks as well.
    return reported.lacksBlocks()
        ? reported.withHeaders(Math.min(reported.headers(), highestValidHeader()))
        : reported;
  }

  private int highestValidHeader() throws BitcoindException {
    int highest = 0;
    for (JsonNode tip : rpc.call("getchaintips")) {
      if (!tip.path("status").asText().equals("invalid")) {
        highest = Math.max(highest, tip.path("height").asInt());
      }
    }
    return highest;
  }

  /** Returns the tip of the best chain. */
  public BlockId bestBlock() throws BitcoindException {
    return chainInfo().best();
  }

  /** Returns the hash of the best chain's block at {@code height}; empty above the tip. */
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

  /**
   * Returns the best chain's blocks from height {@code first} to {@code last}, or to the tip if
   * that is lower.
   */
  public List<BlockId> blocks(int first, int last) throws BitcoindException {
    List<Object[]> heights =
        IntStream.rangeClosed(first, last).mapToObj(height -> new Object[] {height}).toList();
    List<JsonNode> hashes = rpc.callEach("getblockhash", heights);
    List<BlockId> blocks = new ArrayList<>(hashes.size());
    for (JsonNode hash : hashes) {
      blocks.add(new BlockId(hash.asText(), first + blocks.size()));
    }
    return blocks;
  }

  /**
   * Returns the block with {@code hash}, which need not be in the best chain; empty if bitcoind
   * does not know it.
   *
   * @param hash display order
   */
  public Optional<BlockId> block(String hash) throws BitcoindException {
    try {
      return Optional.of(
          new BlockId(hash, rpc.call("getblockheader", hash).path("height").asInt()));
    } catch (BitcoindException.Refused e) {
      if (e.code() == RpcErrorCode.INVALID_ADDRESS_OR_KEY) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Returns whether {@code block} is in the best chain; false also if bitcoind does not know it.
   */
  public boolean isInBestChain(BlockId block) throws BitcoindException {
    return blockHash(block.height()).filter(block.hash()::equals).isPresent();
  }

  /**
   * Returns the parent of {@code block}, which need not be in the best chain.
   *
   * @throws BitcoindException.Refused with {@link RpcErrorCode#INVALID_ADDRESS_OR_KEY} if bitcoind
   *     does not know {@code block}
   */
  public BlockId parent(BlockId block) throws BitcoindException {
    String previous = rpc.call("getblockheader", block.hash()).path("previousblockhash").asText();
    return new BlockId(previous, block.height() - 1);
  }

  /**
   * Fetches a block.
   *
   * @throws BitcoindException.PrunedPast if bitcoind has pruned it
   * @throws BitcoindException.OutOfSync if bitcoind has not downloaded all of it yet
   */
  public ConnectedBlock fetch(BlockId id) throws BitcoindException {
    try {
      return BlockReader.read(id, rpc.callForBytes("getblock", id.hash(), 0));
    } catch (BitcoindException.Refused e) {
      if (e.code() != RpcErrorCode.MISC_ERROR) {
        throw e;
      }
      String why = String.valueOf(e.getMessage());
      if (why.contains("pruned")) {
        throw prunedPast(id);
      }
      throw new BitcoindException.OutOfSync(
          "bitcoind is out of sync: it does not have all of block " + id + " (" + why + ")");
    }
  }

  /**
   * Fetches blocks in one batch: always the first one, and as many of the others as bitcoind has.
   *
   * @param ids at least one block
   * @param byteLimit reading stops after the block with which all blocks together have at least
   *     this many bytes
   * @return the blocks, in the order of {@code ids}
   * @throws BitcoindException as {@link #fetch(BlockId)}, if the first block cannot be fetched
   */
  List<ConnectedBlock> fetch(List<BlockId> ids, int byteLimit) throws BitcoindException {
    List<ConnectedBlock> blocks = new ArrayList<>(ids.size());
    if (ids.size() > 1) {
      List<Object[]> calls = ids.stream().map(id -> new Object[] {id.hash(), 0}).toList();
      for (byte[] raw : rpc.callEachForBytes("getblock", calls, byteLimit)) {
        blocks.add(BlockReader.read(ids.get(blocks.size()), raw));
      }
    }
    if (blocks.isEmpty()) {
      blocks.add(fetch(ids.getFirst()));
    }
    return blocks;
  }

  private BitcoindException prunedPast(BlockId id) throws BitcoindException {
    ChainInfo info = chainInfo();
    int last = Math.max(id.height(), info.pruneHeight() - 1);
    return new BitcoindException.PrunedPast(
        "bitcoind at "
            + endpoint()
            + " has pruned block "
            + id
            + ", which the tower has not seen."
            + " It has blocks from height "
            + info.pruneHeight()
            + " on. Make it download the others again"
            + " (-reindex without -prune), or restart the tower with --forceupdate; then"
            + " breaches in the blocks from "
            + id.height()
            + " to "
            + last
            + " are MISSED");
  }

  /**
   * Returns the last common ancestor of the best chain and of the chain that the tower has
   * followed: the tower's tip, unless a reorg has disconnected it. Below the known blocks it is
   * searched by the headers that bitcoind keeps of stale branches.
   *
   * @param known the last blocks that the tower has processed, in ascending order of height
   * @return empty if there is none above the genesis block, which all chains of a network share
   */
  public Optional<BlockId> findLastCommonAncestor(List<BlockId> known) throws BitcoindException {
    BlockId tip = known.getLast();
    if (isInBestChain(tip)) {
      return Optional.of(tip).filter(block -> block.height() > 0);
    }
    BlockId lowest = known.getFirst();
    List<BlockId> chain = blocks(lowest.height(), tip.height());
    for (BlockId block : known.reversed()) {
      int index = block.height() - lowest.height();
      if (index < chain.size() && chain.get(index).equals(block)) {
        return Optional.of(block).filter(found -> found.height() > 0);
      }
    }
    return findBelow(lowest);
  }

  private Optional<BlockId> findBelow(BlockId lowest) throws BitcoindException {
    try {
      BlockId block = lowest;
      while (block.height() > 1) {
        block = parent(block);
        if (isInBestChain(block)) {
          return Optional.of(block);
        }
      }
    } catch (BitcoindException.Refused e) {
      if (e.code() != RpcErrorCode.INVALID_ADDRESS_OR_KEY) {
        throw e;
      }
    }
    return Optional.empty();
  }

  /** Returns whether bitcoind considers {@code block} invalid, for example by invalidateblock. */
  boolean isInvalid(BlockId block) throws BitcoindException {
    for (JsonNode tip : rpc.call("getchaintips")) {
      int height = tip.path("height").asInt();
      if (!tip.path("status").asText().equals("invalid")
          || height < block.height()
          || height - tip.path("branchlen").asInt() >= block.height()) {
        continue;
      }
      BlockId ancestor = new BlockId(tip.path("hash").asText(), height);
      while (ancestor.height() > block.height()) {
        ancestor = parent(ancestor);
      }
      if (ancestor.equals(block)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the height of the block with this output, if the output is unspent (the mempool does
   * not count). Needs no transaction index.
   */
  public OptionalInt heightOfUnspent(Txid txid, long output) throws BitcoindException {
    JsonNode found = rpc.call("gettxout", txid.toString(), output, false);
    if (!found.hasNonNull("confirmations")) {
      return OptionalInt.empty();
    }
    String tip = found.path("bestblock").asText();
    int height = rpc.call("getblockheader", tip).path("height").asInt();
    return OptionalInt.of(height - found.path("confirmations").asInt() + 1);
  }

  /** Returns the txids of all transactions in the mempool. */
  public List<Txid> mempool() throws BitcoindException {
    return rpc.callForTxids("getrawmempool");
  }

  /** Returns a raw transaction from the mempool; empty if it is not there. */
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

  /**
   * Returns raw transactions from the mempool, in batches.
   *
   * @param byteLimit reading stops after the transaction with which all together have at least this
   *     many bytes; the first one is always read
   * @return for each of the first {@code txids}, in their order, the transaction; empty if it is
   *     not in the mempool
   */
  public List<Optional<byte[]>> mempoolTransactions(List<Txid> txids, int byteLimit)
      throws BitcoindException {
    List<Object[]> calls = txids.stream().map(txid -> new Object[] {txid.toString()}).toList();
    List<Optional<byte[]>> found = new ArrayList<>();
    long bytes = 0;
    while (found.size() < txids.size() && (bytes < byteLimit || found.isEmpty())) {
      int end = Math.min(calls.size(), found.size() + MAX_BATCH_TRANSACTIONS);
      List<Object[]> batch = calls.subList(found.size(), end);
      for (byte[] raw :
          rpc.callEachForBytes("getrawtransaction", batch, (int) (byteLimit - bytes))) {
        found.add(Optional.of(raw));
        bytes += raw.length;
      }
      if (found.size() < end && bytes < byteLimit) {
        found.add(mempoolTransaction(txids.get(found.size()))); // the one that ended the batch
        bytes += found.getLast().map(raw -> raw.length).orElse(0);
      }
    }
    return found;
  }

  /**
   * Returns one raw transaction of a block, without a transaction index and without the rest of the
   * block.
   *
   * @return empty if bitcoind refuses the call; {@link #fetch} may still get the whole block
   * @throws BitcoindException if bitcoind does not answer
   */
  public Optional<byte[]> transaction(Txid txid, BlockId block) throws BitcoindException {
    try {
      return Optional.of(
          rpc.callForBytes("getrawtransaction", txid.toString(), false, block.hash()));
    } catch (BitcoindException.Refused e) {
      return Optional.empty(); // the block is pruned, or unknown to bitcoind
    }
  }

  /**
   * Returns whether bitcoind publishes transactions by ZMQ ({@code zmqpubrawtx}); true also if it
   * cannot tell.
   */
  public boolean publishesTransactions() throws BitcoindException {
    try {
      for (JsonNode notification : rpc.call("getzmqnotifications")) {
        if (notification.path("type").asText().equals("pubrawtx")) {
          return true;
        }
      }
      return false;
    } catch (BitcoindException.CallFailed e) {
      return true; // getzmqnotifications is missing or not allowed: try the feed
    }
  }

  /**
   * Returns bitcoind's relay policy; a part is unknown if the tower may not call its method.
   *
   * @throws BitcoindException if bitcoind does not answer
   */
  public RelayPolicy relayPolicy() throws BitcoindException {
    return RelayPolicy.of(rpc);
  }
}
