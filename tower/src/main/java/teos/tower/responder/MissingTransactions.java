package teos.tower.responder;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import teos.protocol.Txid;
import teos.tower.database.Database;

/**
 * Transactions that trackers wait for. Up to {@value #MAX_IN_MEMORY} txids are kept in memory;
 * beyond that, the database is asked. The set may still contain a transaction that has arrived in a
 * block.
 */
final class MissingTransactions {

  private static final int MAX_IN_MEMORY = 10_000;

  private final Database database;
  private final BiFunction<Handle, Collection<Txid>, List<Txid>> among;
  private final Set<Txid> missing = ConcurrentHashMap.newKeySet();
  private volatile boolean tooMany;

  /**
   * @param stored reads up to so many missing transactions
   * @param among returns those of some transactions that are missing
   */
  MissingTransactions(
      Database database,
      BiFunction<Handle, Integer, List<Txid>> stored,
      BiFunction<Handle, Collection<Txid>, List<Txid>> among) {
    this.database = database;
    this.among = among;
    missing.addAll(database.read(handle -> stored.apply(handle, MAX_IN_MEMORY)));
    tooMany = missing.size() >= MAX_IN_MEMORY;
  }

  void add(Txid txid) {
    if (missing.size() < MAX_IN_MEMORY) {
      missing.add(txid);
    } else {
      tooMany = true;
    }
  }

  void removeAll(Collection<Txid> txids) {
    missing.removeAll(txids);
  }

  /** Returns those of {@code txids} that may be missing. */
  Set<Txid> filter(Collection<Txid> txids) {
    if (tooMany) {
      return new HashSet<>(database.read(handle -> among.apply(handle, txids)));
    }
    return missing.isEmpty()
        ? Set.of()
        : txids.stream().filter(missing::contains).collect(Collectors.toSet());
  }
}
