package teos.bitcoin;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import teos.protocol.Txid;

/**
 * Parser that finds the transactions in a raw block and computes their txids, without an object for
 * each input and output as a transaction library creates: for a full block, a few megabytes instead
 * of a full heap.
 *
 * <p>Layout of a block: header (80 bytes; the previous block's hash in internal order at offset 4),
 * number of transactions, transactions. Layout of a transaction (BIP 144): version (4 bytes),
 * marker 0 and flag 1 if it has witnesses, inputs (outpoint 36, script, sequence 4), outputs
 * (amount 8, script), the witness of each input, lock time (4). Counts and lengths are CompactSize.
 * The txid is the double SHA-256 of everything but marker, flag and witnesses.
 */
final class BlockReader {

  private static final int HEADER_LENGTH = 80;
  private static final int PREVIOUS_HASH_OFFSET = 4;
  private static final int HASH_LENGTH = 32;
  private static final int OUTPOINT_LENGTH = 36;
  private static final int FIELD_LENGTH = 4;
  private static final int AMOUNT_LENGTH = 8;

  /** Bytes of the smallest transaction, which limits the number that a block can claim to have. */
  private static final int MIN_TRANSACTION_LENGTH = 10;

  private final byte[] raw;
  private final MessageDigest sha256;
  private int at;

  /** Whether to reject everything that bitcoind would not decode. */
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
   * Parses the block {@code id}.
   *
   * @throws IllegalArgumentException if {@code raw} is not exactly that block
   */
  static ConnectedBlock read(BlockId id, byte[] raw) {
    try {
      return new BlockReader(raw).read(id);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a block: it is truncated", e);
    }
  }

  /**
   * Returns the txid of a transaction.
   *
   * @throws IllegalArgumentException if {@code raw} is not exactly one transaction
   */
  static Txid txid(byte[] raw) {
    try {
      BlockReader reader = new BlockReader(raw);
      Txid txid = reader.skipTransaction();
      if (reader.at != raw.length) {
        throw new IllegalArgumentException("not a transaction: extra bytes at the end");
      }
      return txid;
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a transaction: it is truncated", e);
    }
  }

  /**
   * Parses a transaction from an untrusted source, as strictly as bitcoind does.
   *
   * @throws IllegalArgumentException if {@code raw} is not exactly one transaction
   */
  static TransactionOutline outline(byte[] raw) {
    try {
      BlockReader reader = new BlockReader(raw);
      reader.strict = true;
      TransactionOutline outline = reader.outline();
      if (reader.at != raw.length) {
        throw new IllegalArgumentException("not a transaction: extra bytes at the end");
      }
      return outline;
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a transaction: it is truncated", e);
    }
  }

  /** Returns the outputs that the transaction at offset {@code start} of {@code raw} spends. */
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

  /**
   * Returns the values of the outputs of the transaction {@code raw}, in satoshi, unchecked: they
   * may be negative or exceed the money supply.
   */
  static long[] outputValues(byte[] raw) {
    BlockReader reader = new BlockReader(raw);
    reader.skip(FIELD_LENGTH);
    if (raw[reader.at] == 0) {
      reader.skip(2);
    }
    int inputs = reader.count(OUTPOINT_LENGTH + 1 + FIELD_LENGTH);
    for (int i = 0; i < inputs; i++) {
      reader.skip(OUTPOINT_LENGTH);
      reader.skip(reader.count(1));
      reader.skip(FIELD_LENGTH);
    }
    long[] values = new long[reader.count(AMOUNT_LENGTH + 1)];
    for (int i = 0; i < values.length; i++) {
      values[i] = reader.littleEndian(AMOUNT_LENGTH);
      reader.skip(reader.count(1));
    }
    return values;
  }

  private ConnectedBlock read(BlockId id) {
    skip(HEADER_LENGTH);
    sha256.update(raw, 0, HEADER_LENGTH);
    String hash = displayHex(sha256.digest(sha256.digest()), 0);
    if (!hash.equals(id.hash())) {
      throw new IllegalArgumentException("not block " + id + ", but " + hash);
    }
    int count = count(MIN_TRANSACTION_LENGTH);
    List<Txid> txids = new ArrayList<>(count);
    int[] bounds = new int[count + 1];
    for (int i = 0; i < count; i++) {
      bounds[i] = at;
      txids.add(skipTransaction());
    }
    bounds[count] = at;
    if (at != raw.length) {
      throw new IllegalArgumentException(
          "not a block: " + (raw.length - at) + " extra bytes at the end");
    }
    return new ConnectedBlock(id, displayHex(raw, PREVIOUS_HASH_OFFSET), txids, raw, bounds);
  }

  private static String displayHex(byte[] bytes, int at) {
    byte[] display = new byte[HASH_LENGTH];
    for (int i = 0; i < HASH_LENGTH; i++) {
      display[HASH_LENGTH - 1 - i] = bytes[at + i];
    }
    return HexFormat.of().formatHex(display);
  }

  private Txid skipTransaction() {
    return outline().txid();
  }

  private TransactionOutline outline() {
    int start = at;
    skip(FIELD_LENGTH);
    boolean hasWitnesses = raw[at] == 0;
    if (hasWitnesses) {
      require(raw[at + 1] == 1, "the flag is " + raw[at + 1]);
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
    long witnessItems = 0;
    for (int i = 0; hasWitnesses && i < inputs; i++) {
      int items = count(1);
      witnessItems += items;
      for (int j = 0; j < items; j++) {
        skip(count(1));
      }
    }
    require(!hasWitnesses || witnessItems > 0, "it has the witness flag but no witness");
    int lockTime = at;
    skip(FIELD_LENGTH);
    sha256.update(raw, start, FIELD_LENGTH);
    sha256.update(raw, body, end - body);
    sha256.update(raw, lockTime, FIELD_LENGTH);
    Txid txid = Txid.ofInternal(sha256.digest(sha256.digest()));
    return new TransactionOutline(txid, inputs, outputs, body - start, end - start, at - start);
  }

  /**
   * Throws in strict mode unless {@code valid}; transactions in blocks were checked by bitcoind.
   */
  private void require(boolean valid, String problem) {
    if (strict && !valid) {
      throw new IllegalArgumentException("not a transaction: " + problem);
    }
  }

  private void skip(int bytes) {
    if (bytes > raw.length - at) {
      throw new IndexOutOfBoundsException();
    }
    at += bytes;
  }

  /**
   * Reads a CompactSize number of elements.
   *
   * @param minLength bytes that each element has at least
   * @throws IndexOutOfBoundsException if so many elements do not fit into the remaining bytes
   */
  private int count(int minLength) {
    int first = raw[at++] & 0xff;
    long value =
        switch (first) {
          case 0xfd -> littleEndian(2);
          case 0xfe -> littleEndian(4);
          case 0xff -> littleEndian(8);
          default -> first;
        };
    require(isShortest(first, value), "a CompactSize is not in its shortest form");
    if (value < 0 || value > (raw.length - at) / minLength) {
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
