package teos.testkit.simulation;

import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import teos.testkit.simulation.SimulatedMempool.Entry;

/**
 * Replacement by fee, whether the replaced transactions signal it or not: a replacement pays a
 * higher rate than each transaction that it conflicts with, and at least the fees of all that it
 * evicts plus the incremental relay fee for itself.
 */
final class ReplacementPolicy {

  /** Fee rate that a replacement must pay on top of what it evicts. */
  static final FeeRate INCREMENT = FeeRate.perByte(1);

  private static final int MAX_REPLACED = 100;
  private static final String PACKAGE = "package RBF failed: ";

  private final SimulatedMempool mempool;

  ReplacementPolicy(SimulatedMempool mempool) {
    this.mempool = mempool;
  }

  /** Returns {@code conflicts} and what depends on them, parents first. */
  Set<Entry> evicted(Collection<Entry> conflicts) {
    return conflicts.stream()
        .flatMap(conflict -> mempool.descendants(conflict).stream())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * Returns why {@code transaction} may not replace {@code conflicts}.
   *
   * @param fee of the transaction, satoshi
   * @param sibling whether one of the conflicts is only its sibling
   */
  Optional<Rejection> check(
      Transaction transaction, long fee, List<Entry> conflicts, boolean sibling) {
    if (conflicts.isEmpty()) {
      return Optional.empty();
    }
    String insufficient = "insufficient fee" + (sibling ? " (including sibling eviction)" : "");
    return checkAncestors(transaction, conflicts)
        .or(
            () ->
                checkFeeRate(transaction, fee, conflicts)
                    .map(details -> Rejection.rule(insufficient, details)))
        .or(
            () ->
                checkCount(transaction, conflicts)
                    .map(details -> Rejection.rule("too many potential replacements", details)))
        .or(() -> checkNewParents(transaction, conflicts))
        .or(
            () ->
                checkFees(
                        transaction, fee, SimulatedMempool.sizeOf(transaction), evicted(conflicts))
                    .map(details -> Rejection.rule(insufficient, details)));
  }

  private Optional<Rejection> checkAncestors(Transaction transaction, List<Entry> conflicts) {
    return mempool.ancestors(transaction).stream()
        .filter(conflicts::contains)
        .map(
            parent ->
                Rejection.rule(
                    "bad-txns-spends-conflicting-tx",
                    "%s spends conflicting transaction %s"
                        .formatted(transaction.txid, parent.transaction().txid)))
        .findFirst();
  }

  private static Optional<String> checkFeeRate(
      Transaction transaction, long fee, List<Entry> conflicts) {
    FeeRate rate = FeeRate.of(fee, SimulatedMempool.sizeOf(transaction));
    return conflicts.stream()
        .sorted(Comparator.comparing(conflict -> conflict.transaction().hash.value.toHex()))
        .filter(conflict -> rate.compareTo(conflict.feeRate()) <= 0)
        .map(
            conflict ->
                "rejecting replacement %s; new feerate %s <= old feerate %s"
                    .formatted(transaction.txid, rate, conflict.feeRate()))
        .findFirst();
  }

  private Optional<String> checkCount(Transaction transaction, List<Entry> conflicts) {
    int count = conflicts.stream().mapToInt(each -> mempool.descendants(each).size()).sum();
    return count > MAX_REPLACED
        ? Optional.of(
            "rejecting replacement %s; too many potential replacements (%d > %d)"
                .formatted(transaction.txid, count, MAX_REPLACED))
        : Optional.empty();
  }

  /** A replacement may not depend on unconfirmed transactions that the replaced ones do not. */
  private Optional<Rejection> checkNewParents(Transaction transaction, List<Entry> conflicts) {
    Set<TxId> allowed =
        conflicts.stream()
            .flatMap(conflict -> conflict.transaction().txIn.stream())
            .map(input -> input.outPoint.txid)
            .collect(Collectors.toSet());
    for (int i = 0; i < transaction.txIn.size(); i++) {
      OutPoint spent = transaction.txIn.get(i).outPoint;
      if (mempool.find(spent.txid).isPresent() && !allowed.contains(spent.txid)) {
        return Optional.of(
            Rejection.rule(
                "replacement-adds-unconfirmed",
                "replacement %s adds unconfirmed input, idx %d".formatted(transaction.txid, i)));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> checkFees(
      Transaction transaction, long fee, long size, Collection<Entry> evicted) {
    long replaced = evicted.stream().mapToLong(Entry::fee).sum();
    if (fee < replaced) {
      return Optional.of(
          "rejecting replacement %s, less fees than conflicting txs; %s < %s"
              .formatted(transaction.txid, FeeRate.money(fee), FeeRate.money(replaced)));
    }
    long additional = INCREMENT.feeOf(size);
    return fee - replaced < additional
        ? Optional.of(
            "rejecting replacement %s, not enough additional fees to relay; %s < %s"
                .formatted(
                    transaction.txid, FeeRate.money(fee - replaced), FeeRate.money(additional)))
        : Optional.empty();
  }

  /**
   * Returns bitcoind's message about a package that may not replace {@code conflicts}.
   *
   * @param parentFee satoshi
   * @param childFee satoshi
   */
  Optional<String> checkPackage(
      Transaction parent, long parentFee, Transaction child, long childFee, List<Entry> conflicts) {
    if (conflicts.isEmpty()) {
      return Optional.empty();
    }
    boolean ancestors = !mempool.ancestors(parent).isEmpty() || !mempool.ancestors(child).isEmpty();
    if (ancestors) {
      return Optional.of(PACKAGE + "new transaction cannot have mempool ancestors");
    }
    Chunk chunk =
        new Chunk(
            parentFee + childFee, SimulatedMempool.sizeOf(parent) + SimulatedMempool.sizeOf(child));
    return checkCount(child, conflicts)
        .map(details -> PACKAGE + "too many potential replacements, " + details)
        .or(
            () ->
                checkFees(child, chunk.fee(), chunk.size(), evicted(conflicts))
                    .map(details -> PACKAGE + "insufficient anti-DoS fees, " + details))
        .or(
            () ->
                checkPackageRate(
                    chunk.rate(), FeeRate.of(parentFee, SimulatedMempool.sizeOf(parent))))
        .or(() -> checkDiagram(chunk, conflicts));
  }

  private static Optional<String> checkPackageRate(FeeRate rate, FeeRate parent) {
    return rate.compareTo(parent) <= 0
        ? Optional.of(
            PACKAGE
                + "package feerate is less than or equal to parent feerate, package feerate "
                + "%s <= parent feerate is %s".formatted(rate, parent))
        : Optional.empty();
  }

  /**
   * Transactions that are mined together.
   *
   * @param fee satoshi
   * @param size virtual bytes
   */
  private record Chunk(long fee, long size) {
    FeeRate rate() {
      return FeeRate.of(fee, size);
    }

    Chunk plus(Chunk other) {
      return new Chunk(fee + other.fee, size + other.size);
    }
  }

  /** The package must be better to mine than what it evicts, whatever the size of a block. */
  private Optional<String> checkDiagram(Chunk chunk, List<Entry> conflicts) {
    List<Chunk> old = new ArrayList<>();
    for (Entry conflict : conflicts) {
      List<Entry> family = List.copyOf(mempool.descendants(conflict));
      if (family.size() > 2) {
        return Optional.of(
            PACKAGE
                + "%s has %d descendants, max 1 allowed"
                    .formatted(conflict.transaction().txid, family.size() - 1));
      }
      old.addAll(chunks(family));
    }
    old.sort(Comparator.comparing(Chunk::rate).reversed());
    Chunk sum = new Chunk(0, 0);
    for (Chunk each : old) {
      sum = sum.plus(each);
      // Both diagrams rise linearly, the new one up to the package's size.
      boolean worse =
          sum.size() >= chunk.size()
              ? sum.fee() > chunk.fee()
              : sum.fee() * chunk.size() > chunk.fee() * sum.size();
      if (worse) {
        return Optional.of(PACKAGE + "insufficient feerate: does not improve feerate diagram");
      }
    }
    return Optional.empty();
  }

  private static List<Chunk> chunks(List<Entry> family) {
    Chunk first = new Chunk(family.getFirst().fee(), family.getFirst().size());
    if (family.size() == 1) {
      return List.of(first);
    }
    Chunk second = new Chunk(family.getLast().fee(), family.getLast().size());
    return second.rate().compareTo(first.rate()) > 0
        ? List.of(first.plus(second))
        : List.of(first, second);
  }
}
