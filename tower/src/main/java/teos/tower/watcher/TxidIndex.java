package teos.tower.watcher;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * Index of a block's or the mempool's transactions by locator, so that the tower responds
 * immediately to an appointment whose dispute is already there. A mempool may have hundreds of
 * thousands of transactions, so they are kept in arrays: 32 bytes for each txid and about 24 in the
 * hash tables. Lookups by V1 and V2 locators create no objects. Thread-safe.
 */
final class TxidIndex {

  private static final int INITIAL_CAPACITY = 1 << 10;
  private static final int NONE = -1;

  /** Random hash multiplier, so that nobody can craft transactions that collide. */
  private final long multiplier = new SecureRandom().nextLong() | 1;

  /** Txids in internal byte order, one after the other. */
  private byte[] txids;

  private int size;

  /**
   * A hash table with open addressing for each kind of locator: index of the transaction in {@link
   * #txids} plus one; 0 for an empty slot.
   */
  private final EnumMap<LocatorKind, int[]> tables = new EnumMap<>(LocatorKind.class);

  /**
   * @param expected approximate number of transactions
   */
  TxidIndex(int expected) {
    int capacity = INITIAL_CAPACITY;
    while (capacity < expected) {
      capacity *= 2;
    }
    this.txids = new byte[capacity * Txid.LENGTH];
    makeTables(capacity);
  }

  private void makeTables(int capacity) {
    LocatorKind.ALL.forEach(kind -> tables.put(kind, new int[2 * capacity]));
  }

  /** Adds a transaction; returns false if it is present already. */
  synchronized boolean add(Txid txid) {
    byte[] internal = txid.internal();
    if (index(internal) != NONE) {
      return false;
    }
    if ((size + 1) * Txid.LENGTH > txids.length) {
      txids = Arrays.copyOf(txids, 2 * txids.length);
      makeTables(txids.length / Txid.LENGTH);
      for (int i = 0; i < size; i++) {
        insert(i);
      }
    }
    System.arraycopy(internal, 0, txids, size * Txid.LENGTH, Txid.LENGTH);
    insert(size);
    size++;
    return true;
  }

  private void insert(int index) {
    for (LocatorKind kind : LocatorKind.ALL) {
      int[] table = table(kind);
      int slot = slot(kind.half(txids, index * Txid.LENGTH, 0), table);
      while (table[slot] != 0) {
        slot = (slot + 1) % table.length;
      }
      table[slot] = index + 1;
    }
  }

  private int[] table(LocatorKind kind) {
    return Objects.requireNonNull(tables.get(kind));
  }

  private int slot(long half, int[] table) {
    return (int) (((half * multiplier) >>> 33) % table.length);
  }

  /** Returns whether a transaction is present. */
  synchronized boolean contains(Txid txid) {
    return index(txid.internal()) != NONE;
  }

  private int index(byte[] internal) {
    int[] table = table(LocatorKind.V2);
    int slot = slot(LocatorKind.V2.half(internal, 0, 0), table);
    for (; table[slot] != 0; slot = (slot + 1) % table.length) {
      int at = (table[slot] - 1) * Txid.LENGTH;
      if (Arrays.equals(txids, at, at + Txid.LENGTH, internal, 0, Txid.LENGTH)) {
        return table[slot] - 1;
      }
    }
    return NONE;
  }

  /** Removes a transaction. Its slot stays in use. */
  synchronized void remove(Txid txid) {
    int index = index(txid.internal());
    if (index != NONE) {
      int at = index * Txid.LENGTH;
      Arrays.fill(txids, at, at + Txid.LENGTH, (byte) 0); // matches no txid
    }
  }

  /** Returns up to {@code count} transactions in insertion order, starting at {@code from}. */
  synchronized List<Txid> page(int from, int count) {
    List<Txid> page = new ArrayList<>();
    for (int i = from; i < Math.min(size, from + count); i++) {
      int at = i * Txid.LENGTH;
      page.add(Txid.ofInternal(Arrays.copyOfRange(txids, at, at + Txid.LENGTH)));
    }
    return page;
  }

  /** Returns the transaction with {@code locator}. */
  synchronized Optional<Txid> find(Locator locator) {
    long first = LocatorKind.half(locator, 0);
    long second = LocatorKind.half(locator, 1);
    for (LocatorKind kind : LocatorKind.ALL) {
      int[] table = table(kind);
      for (int slot = slot(first, table); table[slot] != 0; slot = (slot + 1) % table.length) {
        int at = (table[slot] - 1) * Txid.LENGTH;
        if (kind.half(txids, at, 0) == first && kind.half(txids, at, 1) == second) {
          return Optional.of(Txid.ofInternal(Arrays.copyOfRange(txids, at, at + Txid.LENGTH)));
        }
      }
    }
    return Optional.empty();
  }
}
