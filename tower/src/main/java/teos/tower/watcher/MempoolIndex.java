package teos.tower.watcher;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * The mempool's transactions by their locators, so that an appointment whose dispute is there already
 * is answered at once. A mempool may have hundreds of thousands: each takes 32 bytes here and some 16
 * in the two hash tables, a fraction of what objects would.
 */
final class MempoolIndex {

  private static final int FIRST_CAPACITY = 1 << 10;

  /** Unknown to others, so that nobody can make transactions that fall into one place. */
  private final int multiplier = new SecureRandom().nextInt() | 1;

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
    if (at(txid).isPresent()) {
      return false;
    }
    if ((size + 1) * Txid.LENGTH > txids.length) {
      txids = Arrays.copyOf(txids, 2 * txids.length);
      makeTables(txids.length / Txid.LENGTH);
      for (int i = 0; i < size; i++) {
        enter(i);
      }
    }
    System.arraycopy(txid.internal(), 0, txids, size * Txid.LENGTH, Txid.LENGTH);
    enter(size);
    size++;
    return true;
  }

  private void enter(int index) {
    Txid txid = txid(index);
    for (Dialect dialect : Dialect.values()) {
      int[] table = tables[dialect.ordinal()];
      int slot = slot(dialect.locator(txid), table);
      while (table[slot] != 0) {
        slot = (slot + 1) % table.length;
      }
      table[slot] = index + 1;
    }
  }

  private int slot(Locator locator, int[] table) {
    return Math.floorMod((locator.hashCode() * multiplier) >>> 1, table.length);
  }

  private Txid txid(int index) {
    return Txid.ofInternal(
        Arrays.copyOfRange(txids, index * Txid.LENGTH, (index + 1) * Txid.LENGTH));
  }

  private Optional<Txid> at(Txid txid) {
    return find(Dialect.V2.locator(txid)).filter(txid::equals);
  }

  /** Forgets a transaction that has turned out not to be there any more. */
  synchronized void forget(Txid txid) {
    index(Dialect.V2.locator(txid))
        .ifPresent(
            index ->
                Arrays.fill(
                    txids, index * Txid.LENGTH, (index + 1) * Txid.LENGTH, (byte) 0)); // no txid
  }

  /** The transaction with {@code locator}. */
  synchronized Optional<Txid> find(Locator locator) {
    OptionalInt index = index(locator);
    return index.isPresent() ? Optional.of(txid(index.getAsInt())) : Optional.empty();
  }

  private OptionalInt index(Locator locator) {
    for (Dialect dialect : Dialect.values()) {
      int[] table = tables[dialect.ordinal()];
      for (int slot = slot(locator, table); table[slot] != 0; slot = (slot + 1) % table.length) {
        if (dialect.locator(txid(table[slot] - 1)).equals(locator)) {
          return OptionalInt.of(table[slot] - 1);
        }
      }
    }
    return OptionalInt.empty();
  }
}
