package teos.teosd.model;

import fr.acinq.bitcoin.Transaction;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.BitcoindRpc;
import teos.protocol.Txid;
import teos.testkit.BitcoindRpcException;
import teos.testkit.simulation.ChannelKind;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;
import teos.testkit.simulation.SimulatedBlock;
import teos.testkit.simulation.SimulatedChain;
import teos.testkit.simulation.SimulatedChannels;
import teos.testkit.simulation.SimulatedMempool;
import teos.testkit.simulation.SimulatedNode;

/** Drives a {@link SimulatedNode}, a new one for each run. */
final class SimulatedDriver implements ChainDriver {

  private static final int ESTIMATE_TARGET = 2;

  private final List<ChannelKind> kinds;
  private SimulatedNode node = new SimulatedNode();
  private List<ChannelTransactions> channels = List.of();
  private int baseHeight;
  private @Nullable SimulatedBlock abandoned;

  /**
   * @param kinds of the channels of a run
   */
  SimulatedDriver(List<ChannelKind> kinds) {
    this.kinds = kinds;
    newRun();
  }

  @Override
  public void newRun() {
    node = new SimulatedNode();
    abandoned = null;
    channels = SimulatedChannels.open(node, kinds);
    baseHeight = node.withChain(chain -> chain.tip().height());
  }

  @Override
  public BitcoindRpc rpc() {
    return new SimulatedRpc(node);
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
    return node.withChain(
        chain ->
            chain.best().stream()
                .skip(baseHeight + 1L)
                .map(block -> new Mined(block.hash(), block.height(), txids(block.payments())))
                .toList());
  }

  private static Set<Txid> txids(List<Transaction> transactions) {
    Set<Txid> txids = new HashSet<>();
    transactions.forEach(
        transaction -> txids.add(Txid.ofInternal(transaction.hash.value.toByteArray())));
    return txids;
  }

  @Override
  public Set<Txid> mempool() {
    return node.withChain(
        chain ->
            txids(
                chain.mempool().entries().stream()
                    .map(SimulatedMempool.Entry::transaction)
                    .toList()));
  }

  @Override
  public boolean publish(Tx transaction) {
    try {
      node.call("sendrawtransaction", HexFormat.of().formatHex(transaction.raw()));
      return true;
    } catch (BitcoindRpcException e) {
      return false;
    }
  }

  @Override
  public void publishPackage(Tx parent, Tx child) {
    HexFormat hex = HexFormat.of();
    node.call("submitpackage", List.of(hex.formatHex(parent.raw()), hex.formatHex(child.raw())));
  }

  @Override
  public void mine(List<Tx> transactions) {
    node.withChain(chain -> chain.mine(chain.tip(), read(transactions)));
  }

  private static List<Transaction> read(List<Tx> transactions) {
    return transactions.stream().map(tx -> Transaction.read(tx.raw())).toList();
  }

  @Override
  public void mineMempool(int feeRate) {
    node.withChain(chain -> chain.mine(chain.tip(), chain.mempool().paying(feeRate)));
  }

  @Override
  public void reorg(int depth, List<Tx> first) {
    node.withChain(
        chain -> {
          abandoned = chain.tip();
          SimulatedBlock fork = chain.best().get(chain.tip().height() - depth);
          SimulatedBlock tip = chain.mine(fork, read(first));
          extend(chain, tip, abandoned.height() + 1);
          return true;
        });
  }

  /** To a node, a disconnected part of the network is just another branch. */
  @Override
  public void partition(int depth, List<Tx> first) {
    reorg(depth, first);
  }

  @Override
  public boolean reorgBack() {
    SimulatedBlock back = abandoned;
    if (back == null) {
      return false;
    }
    node.withChain(
        chain -> {
          abandoned = chain.tip();
          extend(chain, back, abandoned.height() + 1);
          return true;
        });
    return true;
  }

  private static void extend(SimulatedChain chain, SimulatedBlock from, int height) {
    SimulatedBlock tip = from;
    while (tip.height() < height) {
      tip = chain.mine(tip, List.of());
    }
  }

  @Override
  public void restart() {
    node.restart();
    node.withChain(
        chain -> {
          chain.mempool().clear();
          return true;
        });
  }

  @Override
  public boolean hasFees() {
    return true;
  }

  @Override
  public void setMinimumFee(int feeRate) {
    node.withChain(
        chain -> {
          chain.mempool().setMinimum(feeRate);
          return true;
        });
  }

  @Override
  public void setEstimate(int feeRate) {
    node.setEstimates(feeRate == 0 ? Map.of() : Map.of(ESTIMATE_TARGET, feeRate * 1_000L));
  }

  @Override
  public void close() {
    // everything is in memory
  }
}
