package teos.bitcoin;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import teos.protocol.Txid;

/**
 * Finds the transactions in a raw block and works out their txids, without making an object of each
 * input and output as a library for transactions does: on a full block that is the difference
 * between a few megabytes and a heap full.
 *
 * <p>A block: header (80 bytes; the hash of the previous block, internal order, at 4), a count, and
 * the transactions. A transaction (BIP 144): version (4), marker 0 and flag 1 if it has witnesses,
 * inputs (outpoint 36, script, sequence 4), outputs (amount 8, script), the witnesses of each
 * input, lock time (4). Counts and lengths are CompactSize. The txid is the double SHA-256 of all
 * but marker, flag and witnesses.
 */
final class BlockReader {

  private static final int HEADER_LENGTH = 80;
  private static final int PREVIOUS_HASH_AT = 4;
  private static final int HASH_LENGTH = 32;
  private static final int OUTPOINT_LENGTH = 36;
  private static final int FIELD_LENGTH = 4;
  private static final int AMOUNT_LENGTH = 8;

  /** The smallest transaction, which bounds how many a block can claim to have. */
  private static final int MIN_TRANSACTION = 10;

  private final byte[] raw;
  private final MessageDigest sha256;
  private int at;

  /** Whether all that bitcoind does not accept is refused. */
  private boolean strict;

  private BlockReader(byte[] raw) {
    this.raw = raw;
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  /**
   * Reads the block {@code id}.
   *
   * @throws IllegalArgumentException if {@code raw} is not that block, whole, and nothing more
   */
  static ConnectedBlock read(BlockId id, byte[] raw) {
    try {
      return new BlockReader(raw).read(id);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a block: it ends too early", e);
    }
  }

  /**
   * The txid of a transaction.
   *
   * @throws IllegalArgumentException if {@code raw} is not a whole transaction and nothing more
   */
  static Txid txid(byte[] raw) {
    try {
      BlockReader reader = new BlockReader(raw);
      Txid txid = reader.transaction();
      if (reader.at != raw.length) {
        throw new IllegalArgumentException("not a transaction: bytes too many");
      }
      return txid;
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a transaction: it ends too early", e);
    }
  }

  /**
   * Reads a transaction that anyone may have made, as strictly as bitcoind does.
   *
   * @throws IllegalArgumentException if {@code raw} is not a whole transaction and nothing more
   */
  static TransactionOutline outline(byte[] raw) {
    try {
      BlockReader reader = new BlockReader(raw);
      reader.strict = true;
      TransactionOutline outline = reader.outline();
      if (reader.at != raw.length) {
        throw new IllegalArgumentException("not a transaction: bytes too many");
      }
      return outline;
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a transaction: it ends too early", e);
    }
  }

  /** What the transaction spends that begins at {@code start} of {@code raw}. */
  static List<Outpoint> inputs(byte[] raw, int start) {
    BlockReader reader = new BlockReader(raw);
    reader.at = start;
    reader.skip(FIELD_LENGTH);
    if (raw[reader.at] == 0) {
      reader.skip(2);
    }
    int count = reader.count(OUTPOINT_LENGTH + 1 + FIELD_LENGTH);
    List<Outpoint> inputs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] txid = Arrays.copyOfRange(raw, reader.at, reader.at + Txid.LENGTH);
      reader.skip(Txid.LENGTH);
      inputs.add(new Outpoint(Txid.ofInternal(txid), reader.littleEndian(FIELD_LENGTH)));
      reader.skip(reader.count(1));
      reader.skip(FIELD_LENGTH);
    }
    return inputs;
  }

  private ConnectedBlock read(BlockId id) {
    skip(HEADER_LENGTH);
    sha256.update(raw, 0, HEADER_LENGTH);
    String hash = displayHex(sha256.digest(sha256.digest()), 0);
    if (!hash.equals(id.hash())) {
      throw new IllegalArgumentException("not block " + id + ", but " + hash);
    }
    int count = count(MIN_TRANSACTION);
    List<Txid> txids = new ArrayList<>(count);
    int[] bounds = new int[count + 1];
    for (int i = 0; i < count; i++) {
      bounds[i] = at;
      txids.add(transaction());
    }
    bounds[count] = at;
    if (at != raw.length) {
      throw new IllegalArgumentException("not a block: " + (raw.length - at) + " bytes too many");
    }
    return new ConnectedBlock(id, displayHex(raw, PREVIOUS_HASH_AT), txids, raw, bounds);
  }

  private static String displayHex(byte[] bytes, int at) {
    byte[] display = new byte[HASH_LENGTH];
    for (int i = 0; i < HASH_LENGTH; i++) {
      display[HASH_LENGTH - 1 - i] = bytes[at + i];
    }
    return HexFormat.of().formatHex(display);
  }

  private Txid transaction() {
    return outline().txid();
  }

  private TransactionOutline outline() {
    int start = at;
    skip(FIELD_LENGTH);
    boolean witnesses = raw[at] == 0;
    if (witnesses) {
      require(raw[at + 1] == 1, "its flag is " + raw[at + 1]);
      skip(2);
    }
    int body = at;
    int inputs = count(OUTPOINT_LENGTH + 1 + FIELD_LENGTH);
    for (int i = 0; i < inputs; i++) {
      skip(OUTPOINT_LENGTH);
      skip(count(1));
      skip(FIELD_LENGTH);
    }
    int outputs = count(AMOUNT_LENGTH + 1);
    for (int i = 0; i < outputs; i++) {
      skip(AMOUNT_LENGTH);
      skip(count(1));
    }
    int end = at;
    long allItems = 0;
    for (int i = 0; witnesses && i < inputs; i++) {
      int items = count(1);
      allItems += items;
      for (int j = 0; j < items; j++) {
        skip(count(1));
      }
    }
    require(!witnesses || allItems > 0, "it has a flag for witnesses, and none");
    int lockTime = at;
    skip(FIELD_LENGTH);
    sha256.update(raw, start, FIELD_LENGTH);
    sha256.update(raw, body, end - body);
    sha256.update(raw, lockTime, FIELD_LENGTH);
    Txid txid = Txid.ofInternal(sha256.digest(sha256.digest()));
    return new TransactionOutline(txid, inputs, outputs, body - start, end - start, at - start);
  }

  /** What is in a block has been checked by bitcoind. */
  private void require(boolean valid, String otherwise) {
    if (strict && !valid) {
      throw new IllegalArgumentException("not a transaction: " + otherwise);
    }
  }

  private void skip(int bytes) {
    if (bytes > raw.length - at) {
      throw new IndexOutOfBoundsException();
    }
    at += bytes;
  }

  /**
   * A CompactSize number of things that take at least {@code size} bytes each: more of them than
   * fit into the rest of the block is no number that a block can have.
   */
  private int count(int size) {
    int first = raw[at++] & 0xff;
    long value =
        switch (first) {
          case 0xfd -> littleEndian(2);
          case 0xfe -> littleEndian(4);
          case 0xff -> littleEndian(8);
          default -> first;
        };
    require(isShortest(first, value), "a number in it is longer than it has to be");
    if (value < 0 || value > (raw.length - at) / size) {
      throw new IndexOutOfBoundsException();
    }
    return (int) value;
  }

  private static boolean isShortest(int first, long value) {
    return switch (first) {
      case 0xfd -> value >= 0xfd;
      case 0xfe -> value > 0xffff;
      case 0xff -> value < 0 || value > 0xffffffffL;
      default -> true;
    };
  }

  private long littleEndian(int bytes) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (raw[at + i] & 0xffL) << (8 * i);
    }
    at += bytes;
    return value;
  }
}
