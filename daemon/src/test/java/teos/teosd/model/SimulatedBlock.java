package teos.teosd.model;

import fr.acinq.bitcoin.Block;
import fr.acinq.bitcoin.BlockHash;
import fr.acinq.bitcoin.BlockHeader;
import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.ByteVector32;
import fr.acinq.bitcoin.MerkleTree;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxHash;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block of the simulation, serialised as bitcoind does, on the real genesis block of regtest. No
 * work is in it: one block counts as much as another.
 *
 * @param hash display order
 * @param parent the block under it; none under the genesis block
 * @param height blocks above the genesis block
 * @param transactions the coinbase first
 * @param raw as getblock gives it
 */
record SimulatedBlock(
    String hash,
    @Nullable SimulatedBlock parent,
    int height,
    List<Transaction> transactions,
    byte[] raw) {

  private static final int VERSION = 0x2000_0000;
  private static final long BITS = 0x207f_ffffL;
  private static final long SUBSIDY = 5_000_000_000L;
  private static final byte[] ANYONE = {0x51};

  static SimulatedBlock genesis() {
    Block genesis = Block.RegtestGenesisBlock;
    return of(null, 0, genesis);
  }

  /**
   * The next block.
   *
   * @param number of all blocks made, which makes its hash its own
   */
  static SimulatedBlock on(SimulatedBlock parent, List<Transaction> transactions, long number) {
    int height = parent.height + 1;
    List<Transaction> all = new ArrayList<>();
    all.add(coinbase(height, number));
    all.addAll(transactions);
    List<ByteVector32> leaves = all.stream().map(transaction -> transaction.hash.value).toList();
    BlockHeader genesis = Block.RegtestGenesisBlock.header;
    BlockHeader header =
        new BlockHeader(
            VERSION,
            new BlockHash(hashOf(parent)),
            MerkleTree.computeRoot(leaves),
            genesis.time + 600L * height,
            BITS,
            number);
    return of(parent, height, new Block(header, all));
  }

  /** A block that a real node has made on top of {@code parent}. */
  static SimulatedBlock read(SimulatedBlock parent, byte[] raw) {
    return of(parent, parent.height + 1, Block.read(raw));
  }

  /** The hash of the block under a raw one, display order. */
  static String previousHash(byte[] raw) {
    return Block.read(raw).header.hashPreviousBlock.value.reversed().toHex();
  }

  private static SimulatedBlock of(@Nullable SimulatedBlock parent, int height, Block block) {
    return new SimulatedBlock(
        block.header.blockId.value.toHex(), parent, height, block.tx, Block.write(block));
  }

  private static ByteVector32 hashOf(SimulatedBlock block) {
    return ByteVector32.fromValidHex(block.hash).reversed();
  }

  private static Transaction coinbase(int height, long number) {
    OutPoint nothing = new OutPoint(new TxHash(ByteVector32.Zeroes), 0xffff_ffffL);
    byte[] script =
        ByteBuffer.allocate(14).put((byte) 4).putInt(height).put((byte) 8).putLong(number).array();
    TxIn input =
        new TxIn(
            nothing, new ByteVector(script), TxIn.SEQUENCE_FINAL, new ScriptWitness(List.of()));
    return new Transaction(
        2, List.of(input), List.of(new TxOut(new Satoshi(SUBSIDY), new ByteVector(ANYONE))), 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SimulatedBlock that && hash.equals(that.hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return height + " (" + hash + ")";
  }

  /** All but the coinbase, which is worth nothing outside of its block. */
  List<Transaction> payments() {
    return transactions.subList(1, transactions.size());
  }
}
