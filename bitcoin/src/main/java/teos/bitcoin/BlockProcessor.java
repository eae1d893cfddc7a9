package teos.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import teos.protocol.Txid;

/** What the tower asks bitcoind about the chain. */
public final class BlockProcessor {

  /** Transactions in one exchange: bitcoind holds the whole answer in memory. */
  private static final int TRANSACTIONS_AT_ONCE = 32;

  private final BitcoindRpc rpc;

  public BlockProcessor(BitcoindRpc rpc) {
    this.rpc = rpc;
  }

  /** Where bitcoind is, for messages to people. */
  public String endpoint() {
    return rpc.endpoint();
  }

  /** Checks that bitcoind answers. */
  void ping() throws BitcoindException {
    rpc.ping();
  }

  /** Those of {@code methods} that the tower may not call, or that bitcoind does not have. */
  public List<String> missing(Collection<String> methods) throws BitcoindException {
    return RpcMethods.missing(rpc, methods);
  }

  /** How far bitcoind's chain goes. */
  public ChainInfo chainInfo() throws BitcoindException {
    JsonNode info = rpc.call("getblockchaininfo");
    ChainInfo said =
        new ChainInfo(
            info.path("chain").asText(),
            new BlockId(info.path("bestblockhash").asText(), info.path("blocks").asInt()),
            info.path("headers").asInt(),
            info.path("initialblockdownload").asBoolean(),
            info.path("pruned").asBoolean() ? info.path("pruneheight").asInt() : 0);
    // Before version 29, bitcoind goes on counting the headers of what it holds to be invalid.
    return said.lacksBlocks()
        ? said.withHeaders(Math.min(said.headers(), highestValidHeader()))
        : said;
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

  /** The tip of the best chain. */
  public BlockId bestBlock() throws BitcoindException {
    return chainInfo().best();
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

  /**
   * The best chain's blocks from {@code first} to {@code last}, as far as the chain is that high.
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

  /** The block with {@code hash}, in the best chain or not, if bitcoind has heard of it. */
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
    String previous = rpc.call("getblockheader", block.hash()).path("previousblockhash").asText();
    return new BlockId(previous, block.height() - 1);
  }

  /**
   * A whole block.
   *
   * @throws BitcoindException.PrunedPast if bitcoind has it no more
   * @throws BitcoindException.OutOfSync if bitcoind does not have all of it yet
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
          "bitcoind is out of sync: it has not all of block " + id + " (" + why + ")");
    }
  }

  /**
   * Whole blocks, in this order: the first one, and of the others as many as come in the same
   * exchange before there are {@code enough} bytes.
   *
   * @param ids at least one
   * @throws BitcoindException as {@link #fetch(BlockId)}, if the first cannot be had
   */
  List<ConnectedBlock> fetch(List<BlockId> ids, int enough) throws BitcoindException {
    List<ConnectedBlock> blocks = new ArrayList<>(ids.size());
    if (ids.size() > 1) {
      List<Object[]> calls = ids.stream().map(id -> new Object[] {id.hash(), 0}).toList();
      for (byte[] raw : rpc.callEachForBytes("getblock", calls, enough)) {
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
    int last = Math.max(id.height(), info.firstKept() - 1);
    return new BitcoindException.PrunedPast(
        "bitcoind at "
            + endpoint()
            + " has pruned block "
            + id
            + ", which the tower has not seen."
            + " It has blocks from "
            + info.firstKept()
            + " on. Let it fetch the others again"
            + " (-reindex without -prune), or start the tower again with --forceupdate, with which"
            + " breaches in the blocks from "
            + id.height()
            + " to "
            + last
            + " are MISSED");
  }

  /**
   * The last block of the best chain that the tower knows: what it had seen last, or where the
   * chain has left that since. The first block of all does not count, which all chains of a network
   * share.
   *
   * @param known the last blocks that the tower has seen, the lowest first
   * @return nothing if the best chain has none of them, and has not left them further down either
   *     as far as bitcoind can tell
   */
  public Optional<BlockId> findLastCommonAncestor(List<BlockId> known) throws BitcoindException {
    BlockId tip = known.getLast();
    if (isInBestChain(tip)) {
      return Optional.of(tip).filter(block -> block.height() > 0);
    }
    BlockId lowest = known.getFirst();
    List<BlockId> chain = blocks(lowest.height(), tip.height());
    for (BlockId block : known.reversed()) {
      int at = block.height() - lowest.height();
      if (at < chain.size() && chain.get(at).equals(block)) {
        return Optional.of(block).filter(found -> found.height() > 0);
      }
    }
    return findUnder(lowest);
  }

  /** By the headers that bitcoind keeps of chains that it has left. */
  private Optional<BlockId> findUnder(BlockId lowest) throws BitcoindException {
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

  /** Whether bitcoind holds {@code block} to be invalid, as its operator can tell it to. */
  boolean isInvalid(BlockId block) throws BitcoindException {
    for (JsonNode tip : rpc.call("getchaintips")) {
      int height = tip.path("height").asInt();
      if (!tip.path("status").asText().equals("invalid")
          || height < block.height()
          || height - tip.path("branchlen").asInt() >= block.height()) {
        continue;
      }
      BlockId at = new BlockId(tip.path("hash").asText(), height);
      while (at.height() > block.height()) {
        at = parent(at);
      }
      if (at.equals(block)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The height of the block with this output, if it is unspent as far as blocks go: that needs no
   * index of transactions.
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

  /**
   * Transactions that are in the mempool, raw, in one exchange where all are there.
   *
   * @param enough bytes after which no more are read; the first one is read in any case
   * @return for the first of {@code txids}, in their order, each one that is still there
   */
  public List<Optional<byte[]>> mempoolTransactions(List<Txid> txids, int enough)
      throws BitcoindException {
    List<Object[]> calls = txids.stream().map(txid -> new Object[] {txid.toString()}).toList();
    List<Optional<byte[]>> found = new ArrayList<>();
    long bytes = 0;
    while (found.size() < txids.size() && (bytes < enough || found.isEmpty())) {
      int end = Math.min(calls.size(), found.size() + TRANSACTIONS_AT_ONCE);
      List<Object[]> left = calls.subList(found.size(), end);
      for (byte[] raw : rpc.callEachForBytes("getrawtransaction", left, (int) (enough - bytes))) {
        found.add(Optional.of(raw));
        bytes += raw.length;
      }
      if (found.size() < end && bytes < enough) {
        found.add(mempoolTransaction(txids.get(found.size()))); // the one that was refused
        bytes += found.getLast().map(raw -> raw.length).orElse(0);
      }
    }
    return found;
  }

  /**
   * One transaction of a block, raw: bitcoind needs no index for that, and sends no more of the
   * block.
   *
   * @return nothing if it cannot be had by itself; see {@link #fetch} for the whole block
   * @throws BitcoindException if bitcoind does not answer
   */
  public Optional<byte[]> transaction(Txid txid, BlockId block) throws BitcoindException {
    try {
      return Optional.of(
          rpc.callForBytes("getrawtransaction", txid.toString(), false, block.hash()));
    } catch (BitcoindException.Refused e) {
      return Optional.empty(); // the block is pruned, or bitcoind has another opinion of it
    }
  }

  /** Whether bitcoind publishes transactions by ZMQ; so, too, if it cannot tell. */
  public boolean publishesTransactions() throws BitcoindException {
    try {
      for (JsonNode notification : rpc.call("getzmqnotifications")) {
        if (notification.path("type").asText().equals("pubrawtx")) {
          return true;
        }
      }
      return false;
    } catch (BitcoindException.CallFailed e) {
      return true; // built without ZMQ, or an RPC that is not allowed: the feed is tried
    }
  }

  /**
   * What bitcoind calls itself, such as {@code /Satoshi:29.0.0/}; empty if it does not say.
   *
   * @throws BitcoindException if it does not answer
   */
  public String userAgent() throws BitcoindException {
    try {
      return rpc.call("getnetworkinfo").path("subversion").asText();
    } catch (BitcoindException.CallFailed e) {
      return "";
    }
  }
}
