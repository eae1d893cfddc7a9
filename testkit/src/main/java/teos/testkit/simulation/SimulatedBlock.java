package teos.testkit.simulation;

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
 * Block of the simulated chain, serialized as bitcoind does, on top of the real regtest genesis
 * block. Blocks have no proof of work: all count the same.
 *
 * @param hash display order
 * @param parent the parent block; null for the genesis block
 * @param height number of blocks below it
 * @param transactions the coinbase first
 * @param raw serialized block, as {@code getblock} returns it with verbosity 0
 */
public record SimulatedBlock(
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
   * Makes a child of {@code parent}.
   *
   * @param number running number of mined blocks, which makes the hash unique
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

  /** Parses a block that a real node has mined on top of {@code parent}. */
  static SimulatedBlock read(SimulatedBlock parent, byte[] raw) {
    return of(parent, parent.height + 1, Block.read(raw));
  }

  /** Returns the parent's hash of a raw block, display order. */
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

  /** Returns all transactions except the coinbase, which is invalid outside its block. */
  public List<Transaction> payments() {
    return transactions.subList(1, transactions.size());
  }
}
