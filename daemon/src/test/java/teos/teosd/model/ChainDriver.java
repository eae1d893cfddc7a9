package teos.teosd.model;

import java.util.List;
import java.util.Set;
import teos.bitcoin.BitcoindRpc;
import teos.protocol.Txid;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;

/**
 * Controls a chain and the node through which a tower watches it. The blocks from before a run are
 * its base, which no reorg replaces.
 */
interface ChainDriver extends AutoCloseable {

  /** Returns the node's RPC without injected faults. */
  BitcoindRpc rpc();

  /** Returns channels whose funding is in the base and that no other run has used. */
  List<ChannelTransactions> channels();

  /**
   * A block above the base.
   *
   * @param hash display order
   * @param height height of the block
   */
  record Mined(String hash, int height, Set<Txid> transactions) {}

  /** Returns the best chain above the base. */
  List<Mined> chain();

  /** Returns the height of the last block of the base. */
  int baseHeight();

  /** Broadcasts {@code transaction}; returns false if the node rejects it. */
  boolean publish(Tx transaction);

  /** Broadcasts a transaction with the child that pays for it; either may be rejected. */
  void publishPackage(Tx parent, Tx child);

  Set<Txid> mempool();

  /** Mines a block with exactly these transactions, which must be valid in this order. */
  void mine(List<Tx> transactions);

  /**
   * Mines a block with the transactions of the mempool that pay at least {@code feeRate} satoshi
   * per virtual byte. A real node's miners take all of them.
   */
  void mineMempool(int feeRate);

  /**
   * Replaces the last blocks by a branch that is one block longer.
   *
   * @param depth number of blocks to replace, at most those above the base
   * @param first transactions of the first block of the new branch; the others have none
   */
  void reorg(int depth, List<Tx> first);

  /**
   * Reorganizes as {@link #reorg}, caused by the network: a disconnected part of it returns with a
   * longer branch.
   */
  void partition(int depth, List<Tx> first);

  /** Returns to the last abandoned branch, which becomes longer; false if there is none. */
  boolean reorgBack();

  /** Restarts the node, which empties its mempool. */
  void restart();

  /** Returns whether this chain supports {@link #setMinimumFee} and {@link #setEstimate}. */
  boolean hasFees();

  /**
   * Sets the node's minimum fee rate in satoshi per virtual byte; 0 for the default. If it rises,
   * the mempool loses what pays less.
   */
  void setMinimumFee(int feeRate);

  /**
   * Sets the fee rate that the node estimates for the next blocks, in satoshi per virtual byte; 0
   * for no estimate.
   */
  void setEstimate(int feeRate);

  /** Prepares another run, with new channels. */
  void newRun();

  @Override
  void close();
}
