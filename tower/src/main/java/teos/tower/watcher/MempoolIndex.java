package teos.tower.watcher;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * The mempool's transactions by their locators, so that an appointment whose dispute is there already
 * is answered at once. A mempool may have hundreds of thousands, and all are looked at again and
 * again: each takes 32 bytes here and some 16 in the two hash tables, a fraction of what objects
 * would, and looking one up makes none.
 */
final class MempoolIndex {

  private static final int FIRST_CAPACITY = 1 << 10;
  private static final int NONE = -1;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle REVERSED =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Unknown to others, so that nobody can make transactions that fall into one place. */
  private final long multiplier = new SecureRandom().nextLong() | 1;

  /** In internal order, one after the other. */
  private byte[] txids;

  private int size;

  /** For each dialect: where in {@link #txids} a locator's transaction is, plus one; 0 for none. */
  private final int[][] tables = new int[Dialect.values().length][];

  /**
   * @param expected how many transactions there are going to be, more or less
   */
  MempoolIndex(int expected) {
    int capacity = FIRST_CAPACITY;
    while (capacity < expected) {
      capacity *= 2;
    }
    this.txids = new byte[capacity * Txid.LENGTH];
    makeTables(capacity);
  }

  private void makeTables(int capacity) {
    for (int i = 0; i < tables.length; i++) {
      tables[i] = new int[2 * capacity];
    }
  }

  /** Adds a transaction; false if it is there already. */
  synchronized boolean add(Txid txid) {
    byte[] internal = txid.internal();
    if (index(internal) != NONE) {
      return false;
    }
    if ((size + 1) * Txid.LENGTH > txids.length) {
      txids = Arrays.copyOf(txids, 2 * txids.length);
      makeTables(txids.length / Txid.LENGTH);
      for (int i = 0; i < size; i++) {
        enter(i);
      }
    }
    System.arraycopy(internal, 0, txids, size * Txid.LENGTH, Txid.LENGTH);
    enter(size);
    size++;
    return true;
  }

  private void enter(int index) {
    for (Dialect dialect : Dialect.values()) {
      int[] table = tables[dialect.ordinal()];
      int slot = slot(half(dialect, txids, index * Txid.LENGTH, 0), table);
      while (table[slot] != 0) {
        slot = (slot + 1) % table.length;
      }
      table[slot] = index + 1;
    }
  }

  /**
   * Eight bytes of the locator, as the number that they are: the first or the second.
   *
   * @param internal where the txid begins at {@code at}
   */
  private static long half(Dialect dialect, byte[] internal, int at, int which) {
    return switch (dialect) {
      case V1 -> (long) REVERSED.get(internal, at + Txid.LENGTH - (which + 1) * Long.BYTES);
      case V2 -> (long) LONGS.get(internal, at + which * Long.BYTES);
    };
  }

  private int slot(long half, int[] table) {
    return (int) ((half * multiplier >>> 33) % table.length);
  }

  /** Whether a transaction is there. */
  synchronized boolean contains(Txid txid) {
    return index(txid.internal()) != NONE;
  }

  private int index(byte[] internal) {
    int[] table = tables[Dialect.V2.ordinal()];
    int slot = slot(half(Dialect.V2, internal, 0, 0), table);
    for (; table[slot] != 0; slot = (slot + 1) % table.length) {
      int at = (table[slot] - 1) * Txid.LENGTH;
      if (Arrays.equals(txids, at, at + Txid.LENGTH, internal, 0, Txid.LENGTH)) {
        return table[slot] - 1;
      }
    }
    return NONE;
  }

  /** Forgets a transaction that has turned out not to be there any more. */
  synchronized void forget(Txid txid) {
    int index = index(txid.internal());
    if (index != NONE) {
      int at = index * Txid.LENGTH;
      Arrays.fill(txids, at, at + Txid.LENGTH, (byte) 0); // no txid
    }
  }

  /** The transaction with {@code locator}. */
  synchronized Optional<Txid> find(Locator locator) {
    byte[] bytes = locator.bytes();
    long first = (long) LONGS.get(bytes, 0);
    long second = (long) LONGS.get(bytes, Long.BYTES);
    for (Dialect dialect : Dialect.values()) {
      int[] table = tables[dialect.ordinal()];
      for (int slot = slot(first, table); table[slot] != 0; slot = (slot + 1) % table.length) {
        int at = (table[slot] - 1) * Txid.LENGTH;
        if (half(dialect, txids, at, 0) == first && half(dialect, txids, at, 1) == second) {
          return Optional.of(Txid.ofInternal(Arrays.copyOfRange(txids, at, at + Txid.LENGTH)));
        }
      }
    }
    return Optional.empty();
  }
}
