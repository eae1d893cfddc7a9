package teos.testkit.simulation;

import fr.acinq.bitcoin.Transaction;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import teos.testkit.simulation.SimulatedMempool.Entry;

/** Limits on the number and size of unconfirmed ancestors and descendants. */
final class ChainLimits {

  private static final long MAX_COUNT = 25;

  /** Virtual bytes. */
  private static final long MAX_SIZE = 101_000;

  /** Size of a child that one more descendant may have ("CPFP carve-out"), virtual bytes. */
  private static final long MAX_EXTRA_SIZE = 10_000;

  private final SimulatedMempool mempool;

  ChainLimits(SimulatedMempool mempool) {
    this.mempool = mempool;
  }

  private record Limits(long ancestors, long descendants, long descendantSize) {
    Limits plus(long count, long size) {
      return new Limits(ancestors, descendants + count, descendantSize + size);
    }
  }

  /** Returns why {@code transaction} may not have its unconfirmed ancestors. */
  Optional<Rejection> check(Transaction transaction) {
    Limits limits = limits(transaction);
    Optional<String> first = violation(transaction, limits);
    if (first.isEmpty()) {
      return Optional.empty();
    }
    boolean extra =
        SimulatedMempool.sizeOf(transaction) <= MAX_EXTRA_SIZE && !TrucPolicy.isTruc(transaction);
    Limits carvedOut =
        new Limits(2, limits.descendants() + 1, limits.descendantSize() + MAX_EXTRA_SIZE);
    return extra && violation(transaction, carvedOut).isEmpty()
        ? Optional.empty()
        : first.map(details -> Rejection.rule("too-long-mempool-chain", details));
  }

  /** Makes room for a replacement that has the same parents as the only one it replaces. */
  private Limits limits(Transaction transaction) {
    Limits limits = new Limits(MAX_COUNT, MAX_COUNT, MAX_SIZE);
    List<Entry> conflicts = mempool.conflicts(transaction);
    if (conflicts.size() != 1) {
      return limits;
    }
    Entry conflict = conflicts.getFirst();
    Limits more = limits.plus(1, sizeOf(mempool.descendants(conflict)));
    return mempool.parents(transaction).equals(mempool.parents(conflict.transaction()))
        ? more
        : limits;
  }

  private static long sizeOf(Collection<Entry> entries) {
    return entries.stream().mapToLong(Entry::size).sum();
  }

  /** Walks up from the parents, as bitcoind does, until the first limit is exceeded. */
  private Optional<String> violation(Transaction transaction, Limits limits) {
    long size = SimulatedMempool.sizeOf(transaction);
    long total = size;
    Set<Entry> ancestors = new LinkedHashSet<>();
    Set<Entry> staged = new LinkedHashSet<>(mempool.parents(transaction));
    if (staged.size() + 1 > limits.ancestors()) {
      return Optional.of("too many unconfirmed parents [limit: %d]".formatted(limits.ancestors()));
    }
    while (!staged.isEmpty()) {
      Entry ancestor = staged.iterator().next();
      staged.remove(ancestor);
      ancestors.add(ancestor);
      total += ancestor.size();
      Optional<String> exceeded = exceeded(ancestor, size, limits);
      if (exceeded.isPresent()) {
        return exceeded;
      }
      if (total > MAX_SIZE) {
        return Optional.of("exceeds ancestor size limit [limit: %d]".formatted(MAX_SIZE));
      }
      mempool.parents(ancestor.transaction()).stream()
          .filter(parent -> !ancestors.contains(parent))
          .forEach(staged::add);
      if (staged.size() + ancestors.size() + 1 > limits.ancestors()) {
        return Optional.of(
            "too many unconfirmed ancestors [limit: %d]".formatted(limits.ancestors()));
      }
    }
    return Optional.empty();
  }

  /** Returns which limit on the descendants of {@code ancestor} one more of that size exceeds. */
  private Optional<String> exceeded(Entry ancestor, long size, Limits limits) {
    Set<Entry> family = mempool.descendants(ancestor);
    if (sizeOf(family) + size > limits.descendantSize()) {
      return Optional.of(
          "exceeds descendant size limit for tx %s [limit: %d]"
              .formatted(ancestor.transaction().txid, limits.descendantSize()));
    }
    return family.size() + 1 > limits.descendants()
        ? Optional.of(
            "too many descendants for tx %s [limit: %d]"
                .formatted(ancestor.transaction().txid, limits.descendants()))
        : Optional.empty();
  }
}
