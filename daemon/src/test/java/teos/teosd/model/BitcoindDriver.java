package teos.teosd.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.HttpBitcoindRpc;
import teos.bitcoin.RpcCredentials;
import teos.protocol.Txid;
import teos.teosd.Eventually;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.BitcoindRpcException;
import teos.testkit.LightningChannel;
import teos.testkit.simulation.ChannelKind;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;

/**
 * Drives two real bitcoinds: the one that the tower uses, and one that represents the network. All
 * runs share them, each with its own channels.
 */
final class BitcoindDriver implements ChainDriver {

  private static final long CLOSE_FEE = 5_000;
  private static final int FIRST_BLOCKS = 150;

  private static final List<ChannelKind> KINDS = List.of(ChannelKind.SINGLE, ChannelKind.LADDER);

  private final int count;
  private final int batch;
  private final Bitcoind bitcoind;
  private final Bitcoind network;
  private final BitcoindRpc rpc;
  private final Deque<LightningChannel> unused = new ArrayDeque<>();
  private final Map<String, Mined> read = new HashMap<>();
  private List<ChannelTransactions> channels = List.of();
  private int baseHeight;
  private @Nullable String abandoned;

  /**
   * @param count number of channels per run
   * @param runs number of runs for which channels are opened at once
   */
  BitcoindDriver(int count, int runs) {
    this.count = count;
    this.batch = count * runs;
    try {
      // A restart must lose the mempool.
      bitcoind = Bitcoind.start(BitcoindOptions.DEFAULT.withoutZmq().withArgs("-persistmempool=0"));
      network =
          Bitcoind.start(
              BitcoindOptions.DEFAULT.withoutZmq().withListening().withArgs("-persistmempool=0"));
      rpc =
          new HttpBitcoindRpc(
              "127.0.0.1", bitcoind.rpcPort(), new RpcCredentials.Cookie(bitcoind.cookieFile()));
      bitcoind.mine(FIRST_BLOCKS);
      join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException(e);
  }

  /** Connects the two nodes and waits until they have the same tip. */
  private void join() {
    if (bitcoind.rpc("getpeerinfo").isEmpty()) {
      bitcoind.connectTo(network);
    }
    await("the network follows", () -> network.bestBlockHash().equals(bitcoind.bestBlockHash()));
  }

  private static void await(String what, Callable<Boolean> condition) {
    try {
      Eventually.holds(what, condition);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(what, e);
    }
  }

  @Override
  public void newRun() {
    abandoned = null;
    mineMempool(0); // leftovers of the previous run
    if (unused.size() < count) {
      unused.addAll(LightningChannel.openMany(bitcoind, batch));
    }
    List<ChannelTransactions> fresh = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      fresh.add(transactions(unused.removeFirst(), KINDS.get(i % KINDS.size())));
    }
    channels = fresh;
    baseHeight = bitcoind.height();
    read.clear();
  }

  private static ChannelTransactions transactions(LightningChannel channel, ChannelKind kind) {
    return new ChannelTransactions(
        kind,
        Tx.of(channel.commitment()),
        Tx.of(channel.closing(CLOSE_FEE)),
        IntStream.range(0, ChannelKind.VERSIONS)
            .mapToObj(version -> penalties(channel, kind.feeRates(version)))
            .toList(),
        penalties(channel, ChannelTransactions.RIVALS),
        List.of());
  }

  private static List<Tx> penalties(LightningChannel channel, List<Integer> feeRates) {
    return feeRates.stream().map(rate -> Tx.of(channel.penalty(rate))).toList();
  }

  @Override
  public BitcoindRpc rpc() {
    return rpc;
  }

  @Override
  public List<ChannelTransactions> channels() {
    return channels;
  }

  @Override
  public int baseHeight() {
    return baseHeight;
  }

  @Override
  public List<Mined> chain() {
    List<Mined> blocks = new ArrayList<>();
    for (int height = baseHeight + 1; height <= bitcoind.height(); height++) {
      String hash = bitcoind.rpc("getblockhash", height).asText();
      blocks.add(read.computeIfAbsent(hash, this::read));
    }
    return blocks;
  }

  private Mined read(String hash) {
    JsonNode block = bitcoind.rpc("getblock", hash, 1);
    Set<Txid> txids = new HashSet<>();
    block.path("tx").forEach(txid -> txids.add(Txid.fromDisplayHex(txid.asText())));
    return new Mined(hash, block.path("height").asInt(), txids);
  }

  @Override
  public boolean publish(Tx transaction) {
    try {
      bitcoind.rpc("sendrawtransaction", hex(transaction), 0);
      return true;
    } catch (BitcoindRpcException e) {
      return false;
    }
  }

  @Override
  public void publishPackage(Tx parent, Tx child) {
    bitcoind.rpc("submitpackage", hex(List.of(parent, child)), 0);
  }

  private static String hex(Tx transaction) {
    return HexFormat.of().formatHex(transaction.raw());
  }

  private static List<String> hex(List<Tx> transactions) {
    return transactions.stream().map(BitcoindDriver::hex).toList();
  }

  @Override
  public Set<Txid> mempool() {
    Set<Txid> txids = new HashSet<>();
    bitcoind.mempool().forEach(txid -> txids.add(Txid.fromDisplayHex(txid)));
    return txids;
  }

  @Override
  public void mine(List<Tx> transactions) {
    bitcoind.mineBlockWith(hex(transactions));
  }

  @Override
  public void mineMempool(int feeRate) {
    bitcoind.mine(1);
  }

  @Override
  public void reorg(int depth, List<Tx> first) {
    abandoned = bitcoind.bestBlockHash();
    int height = bitcoind.height();
    List<String> others = makeTip(bitcoind, hashAt(bitcoind, height - depth));
    branch(bitcoind, height + 1, first);
    reconsider(bitcoind, others);
  }

  private static String hashAt(Bitcoind node, int height) {
    return node.rpc("getblockhash", height).asText();
  }

  /**
   * Invalidates blocks on {@code node} until {@code target} is its tip: otherwise it would switch
   * to the longest of the branches abandoned before.
   *
   * @return the invalidated blocks, for {@link #reconsider}
   */
  private static List<String> makeTip(Bitcoind node, String target) {
    List<String> invalid = new ArrayList<>();
    while (!node.bestBlockHash().equals(target)) {
      JsonNode under = node.rpc("getblockheader", target);
      while (under.path("confirmations").asInt() < 0) {
        under = node.rpc("getblockheader", under.path("previousblockhash").asText());
      }
      String other = hashAt(node, under.path("height").asInt() + 1);
      node.rpc("invalidateblock", other);
      invalid.add(other);
    }
    return invalid;
  }

  /** Reconsiders the invalidated blocks once a longer branch than all others exists. */
  private static void reconsider(Bitcoind node, List<String> invalid) {
    invalid.reversed().forEach(other -> node.rpc("reconsiderblock", other));
  }

  /**
   * Mines up to {@code height} to a new address: otherwise an empty block would be identical to an
   * abandoned one.
   *
   * @param first transactions of the first block; the others are empty
   */
  private static void branch(Bitcoind node, int height, List<Tx> first) {
    String address = node.rpc("getnewaddress").asText();
    List<String> transactions = hex(first);
    while (node.height() < height) {
      node.rpc("generateblock", address, transactions);
      transactions = List.of();
    }
  }

  /**
   * Disconnects the network from the node, replaces the last {@code depth} blocks there by a longer
   * branch, and reconnects.
   */
  @Override
  public void partition(int depth, List<Tx> first) {
    join();
    abandoned = bitcoind.bestBlockHash();
    int height = bitcoind.height();
    network.setNetworkActive(false);
    await("the nodes are disconnected", () -> bitcoind.rpc("getpeerinfo").isEmpty());
    List<String> others = makeTip(network, hashAt(network, height - depth));
    branch(network, height + 1, first);
    reconsider(network, others);
    network.setNetworkActive(true);
    String best = network.bestBlockHash();
    bitcoind.connectTo(network);
    await("the node follows", () -> bitcoind.bestBlockHash().equals(best));
  }

  @Override
  public boolean reorgBack() {
    String back = abandoned;
    if (back == null) {
      return false;
    }
    abandoned = bitcoind.bestBlockHash();
    int height = bitcoind.height();
    List<String> others = makeTip(bitcoind, back);
    branch(bitcoind, height + 1, List.of());
    reconsider(bitcoind, others);
    return true;
  }

  @Override
  public void restart() {
    try {
      bitcoind.stop();
      bitcoind.restart();
      join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** The minimum fee of a real node depends on how full its mempool is. */
  @Override
  public boolean hasFees() {
    return false;
  }

  @Override
  public void setMinimumFee(int feeRate) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setEstimate(int feeRate) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    try {
      bitcoind.close();
      network.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
