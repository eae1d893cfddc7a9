package teos.bitcoin;

import fr.acinq.bitcoin.Crypto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * Cost of a block before the tower looks up its locators: parsing it with the txids, and computing
 * the locators. The block has 2,000 transactions with two inputs and two outputs each, about 740
 * kB. In this package because {@link BlockReader} is package-private.
 */
@NullMarked
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BlockBenchmark {

  private static final int HEADER_LENGTH = 80;
  private static final int TRANSACTIONS = 2_000;
  private static final int INPUTS_AND_OUTPUTS = 2;
  private static final int OUTPOINT_LENGTH = 36;
  private static final int SIGNATURE_LENGTH = 72;
  private static final int KEY_LENGTH = 33;
  private static final int AMOUNT_LENGTH = 8;
  private static final int SCRIPT_LENGTH = 22;

  private final byte[] raw = block();
  private final BlockId id = new BlockId(hash(raw), 800_000);
  private final ConnectedBlock connected = BlockReader.read(id, raw);

  @Benchmark
  public ConnectedBlock read() {
    return BlockReader.read(id, raw);
  }

  /** Computes the locators of all transactions, in both dialects. */
  @Benchmark
  public Set<Locator> locators() {
    Set<Locator> locators = HashSet.newHashSet(2 * TRANSACTIONS);
    for (Txid txid : connected.txids()) {
      for (Dialect dialect : Dialect.values()) {
        locators.add(dialect.locator(txid));
      }
    }
    return locators;
  }

  /** Returns the double SHA-256 of the header, display order. */
  private static String hash(byte[] block) {
    byte[] header = Arrays.copyOf(block, HEADER_LENGTH);
    return Txid.ofInternal(Crypto.hash256(header)).toString();
  }

  private static byte[] block() {
    Random random = new Random(1);
    ByteBuffer block = ByteBuffer.allocate(1_000_000).order(ByteOrder.LITTLE_ENDIAN);
    putRandom(block, random, HEADER_LENGTH);
    block.put((byte) 0xfd).putShort((short) TRANSACTIONS);
    for (int i = 0; i < TRANSACTIONS; i++) {
      putTransaction(block, random);
    }
    return Arrays.copyOf(block.array(), block.position());
  }

  /** Returns a transaction (BIP 144) with two P2WPKH inputs and two P2WPKH outputs. */
  private static void putTransaction(ByteBuffer block, Random random) {
    block.putInt(2).put((byte) 0).put((byte) 1);
    block.put((byte) INPUTS_AND_OUTPUTS);
    for (int i = 0; i < INPUTS_AND_OUTPUTS; i++) {
      putRandom(block, random, OUTPOINT_LENGTH);
      block.put((byte) 0).putInt(-1);
    }
    block.put((byte) INPUTS_AND_OUTPUTS);
    for (int i = 0; i < INPUTS_AND_OUTPUTS; i++) {
      putRandom(block, random, AMOUNT_LENGTH);
      block.put((byte) SCRIPT_LENGTH);
      putRandom(block, random, SCRIPT_LENGTH);
    }
    for (int i = 0; i < INPUTS_AND_OUTPUTS; i++) {
      block.put((byte) 2);
      block.put((byte) SIGNATURE_LENGTH);
      putRandom(block, random, SIGNATURE_LENGTH);
      block.put((byte) KEY_LENGTH);
      putRandom(block, random, KEY_LENGTH);
    }
    block.putInt(0);
  }

  private static void putRandom(ByteBuffer block, Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    block.put(bytes);
  }
}
