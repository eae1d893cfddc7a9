package teos.testkit.simulation;

import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import teos.testkit.CommitmentType;
import teos.testkit.simulation.SimulatedMempool.Entry;

/**
 * Rules of a mempool for version 3 (TRUC, BIP 431) and for ephemeral dust, as Bitcoin Core applies
 * them, in the words of Bitcoin Knots. The only dust it knows is an anchor (P2A).
 */
final class TrucPolicy {

  private static final long VERSION = 3;
  private static final long MAX_SIZE = 10_000;
  private static final long MAX_CHILD_SIZE = 1_000;

  private static final long ANCHOR_DUST = 240;

  private final SimulatedMempool mempool;

  TrucPolicy(SimulatedMempool mempool) {
    this.mempool = mempool;
  }

  private static String name(Transaction transaction) {
    return "%s (wtxid=%s)"
        .formatted(transaction.txid.value.toHex(), SimulatedNode.wtxid(transaction));
  }

  static boolean isTruc(Transaction transaction) {
    return transaction.version == VERSION;
  }

  /** Returns why a transaction with {@code fee} may not have its dust outputs. */
  static Optional<Rejection> checkDust(Transaction transaction, long fee) {
    int count = dust(transaction).size();
    if (count > 1) {
      return Optional.of(Rejection.rule("dust"));
    }
    return count == 1 && fee != 0
        ? Optional.of(Rejection.rule("dust", "tx with dust output must be 0-fee"))
        : Optional.empty();
  }

  private static List<OutPoint> dust(Transaction transaction) {
    List<OutPoint> dust = new ArrayList<>();
    for (int i = 0; i < transaction.txOut.size(); i++) {
      if (transaction.txOut.get(i).publicKeyScript.equals(CommitmentType.PAY_TO_ANCHOR)
          && transaction.txOut.get(i).amount.toLong() < ANCHOR_DUST) {
        dust.add(new OutPoint(transaction, i));
      }
    }
    return dust;
  }

  /** Returns why {@code transaction} may not have its unconfirmed parents. */
  Optional<Rejection> checkParents(Transaction transaction) {
    List<Transaction> parents = parents(transaction);
    Optional<Rejection> first =
        parents.stream().flatMap(parent -> checkVersions(parent, transaction).stream()).findFirst();
    if (first.isPresent() || !isTruc(transaction)) {
      return first;
    }
    long size = SimulatedMempool.sizeOf(transaction);
    if (size > MAX_SIZE) {
      return Optional.of(tooBig("truc-vsize-toobig", "version=3 tx", transaction, MAX_SIZE));
    }
    if (parents.size() > 1 || parents.stream().anyMatch(parent -> !parents(parent).isEmpty())) {
      return Optional.of(
          Rejection.rule(
              "truc-ancestors-toomany",
              "tx " + name(transaction) + " would have too many ancestors"));
    }
    Optional<Rejection> child = parents.isEmpty() ? Optional.empty() : checkChild(transaction);
    boolean full =
        parents.stream().anyMatch(parent -> hasOtherChild(parent, transaction))
            && sibling(transaction).isEmpty();
    return child.isEmpty() && full
        ? Optional.of(
            Rejection.rule(
                "truc-descendants-toomany",
                "tx " + name(parents.getFirst()) + " would exceed descendant count limit"))
        : child;
  }

  private static Optional<Rejection> checkVersions(Transaction parent, Transaction child) {
    if (isTruc(parent) == isTruc(child)) {
      return Optional.empty();
    }
    return Optional.of(
        isTruc(child)
            ? Rejection.rule(
                "truc-spends-nontruc",
                "version=3 tx %s cannot spend from non-version=3 tx %s"
                    .formatted(name(child), name(parent)))
            : Rejection.rule(
                "truc-spent-by-nontruc",
                "non-version=3 tx %s cannot spend from version=3 tx %s"
                    .formatted(name(child), name(parent))));
  }

  private static Optional<Rejection> checkChild(Transaction child) {
    return SimulatedMempool.sizeOf(child) > MAX_CHILD_SIZE
        ? Optional.of(tooBig("truc-child-toobig", "version=3 child tx", child, MAX_CHILD_SIZE))
        : Optional.empty();
  }

  private static Rejection tooBig(String reason, String kind, Transaction transaction, long limit) {
    return Rejection.rule(
        reason,
        "%s %s is too big: %d > %d virtual bytes"
            .formatted(kind, name(transaction), SimulatedMempool.sizeOf(transaction), limit));
  }

  private List<Transaction> parents(Transaction transaction) {
    return transaction.txIn.stream()
        .map(input -> input.outPoint.txid)
        .distinct()
        .flatMap(txid -> mempool.find(txid).stream())
        .map(Entry::transaction)
        .toList();
  }

  private boolean hasOtherChild(Transaction parent, Transaction child) {
    Set<Entry> children = mempool.descendants(mempool.find(parent.txid).orElseThrow());
    return children.size() > 1 && mempool.conflicts(child).stream().noneMatch(children::contains);
  }

  /** Returns the other child of the parent of {@code transaction}, which it may replace. */
  Optional<Entry> sibling(Transaction transaction) {
    List<Transaction> parents = parents(transaction);
    if (!isTruc(transaction)
        || parents.size() != 1
        || !hasOtherChild(parents.getFirst(), transaction)) {
      return Optional.empty();
    }
    List<Entry> family =
        List.copyOf(mempool.descendants(mempool.find(parents.getFirst().txid).orElseThrow()));
    return family.size() == 2 && parents(family.getLast().transaction()).size() == 1
        ? Optional.of(family.getLast())
        : Optional.empty();
  }

  /** Returns that {@code transaction} leaves ephemeral dust of an unconfirmed parent unspent. */
  Optional<Rejection> checkSpendsDust(Transaction transaction) {
    return parents(transaction).stream()
        .flatMap(parent -> checkSpendsDust(parent, transaction).stream())
        .findFirst();
  }

  private static Optional<Rejection> checkSpendsDust(Transaction parent, Transaction child) {
    List<OutPoint> spent = child.txIn.stream().map(input -> input.outPoint).toList();
    return spent.containsAll(dust(parent))
        ? Optional.empty()
        : Optional.of(
            Rejection.rule(
                "missing-ephemeral-spends",
                "tx " + name(child) + " did not spend parent's ephemeral dust"));
  }

  /**
   * Returns why a package is rejected whose parent is not accepted alone.
   *
   * @param alone reason why it is not
   */
  static Optional<SimulatedMempool.PackageResult> checkPackage(
      Transaction parent, Transaction child, Rejection alone) {
    Optional<Rejection> rule = checkVersions(parent, child);
    if (rule.isEmpty() && isTruc(child)) {
      rule = checkChild(child);
    }
    if (rule.isPresent()) {
      return Optional.of(
          SimulatedMempool.PackageResult.rejected(
              rule.get().reason(), alone, Rejection.MISSING_INPUTS));
    }
    return checkSpendsDust(parent, child)
        .map(dust -> SimulatedMempool.PackageResult.rejected("unspent-dust", alone, dust));
  }
}
