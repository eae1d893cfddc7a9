package teos.teosd.model;

import java.util.List;
import java.util.Set;
import teos.bitcoin.BitcoindRpc;
import teos.protocol.Txid;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;

/**
 * A chain that does what it is told, with the node that a tower watches it by. What is in the chain
 * before a run begins is its base, which no reorg touches.
 */
interface ChainDriver extends AutoCloseable {

  /** What a tower calls, with no trouble on the line. */
  BitcoindRpc rpc();

  /** Channels that are in the base, and have not been used by another run. */
  List<ChannelTransactions> channels();

  /**
   * A block over the base.
   *
   * @param hash display order
   * @param height blocks above the genesis block
   */
  record Mined(String hash, int height, Set<Txid> transactions) {}

  /** The best chain over the base. */
  List<Mined> chain();

  /** Height of the last block of the base. */
  int baseHeight();

  /** Sends {@code transaction} into the mempool; false if it is not taken. */
  boolean publish(Tx transaction);

  Set<Txid> mempool();

  /** Mines a block with exactly these transactions, which have to be valid in this order. */
  void mine(List<Tx> transactions);

  /** Mines a block with all that is in the mempool. */
  void mineMempool();

  /**
   * Gives up the last blocks for others that are one more.
   *
   * @param depth blocks to give up, at most those over the base
   * @param first the transactions of the first block in their place; the others have none
   */
  void reorg(int depth, List<Tx> first);

  /**
   * Does the same by way of the network: a part of it that was cut off comes back with a longer
   * branch.
   */
  void partition(int depth, List<Tx> first);

  /** Goes back to the branch that was given up last, which has become longer; false if none was. */
  boolean reorgBack();

  /** Stops the node and starts it again: its mempool is empty. */
  void restart();

  /**
   * Has the node take nothing that pays less, in satoshi per virtual byte; 0 for what is usual.
   * False if this chain cannot.
   */
  boolean setMinimumFee(int feeRate);

  /** Makes it ready for another run, with new channels. */
  void newRun();

  @Override
  void close();
}
