package teos.testkit.simulation;

import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import fr.acinq.bitcoin.TxIn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Mempool of a simulated node, with the rules of bitcoind that matter to a tower: inputs must
 * exist, minimum fees, eviction, replacement by fee, limits on chains of transactions, packages,
 * TRUC and ephemeral dust. Scripts and signatures are not checked.
 */
public final class SimulatedMempool {

  static final FeeRate RELAY_MINIMUM = FeeRate.perByte(1);

  /** Parents before children. */
  private final Map<TxId, Entry> entries = new LinkedHashMap<>();

  private final TrucPolicy truc = new TrucPolicy(this);
  private final ReplacementPolicy replacement = new ReplacementPolicy(this);
  private final ChainLimits limits = new ChainLimits(this);

  private FeeRate minimum = RELAY_MINIMUM;
  private int height;

  /**
   * A transaction in the mempool.
   *
   * @param fee satoshi
   * @param height height of the tip when it was accepted
   */
  public record Entry(Transaction transaction, long fee, int height) {
    /** Returns the size in virtual bytes. */
    public long size() {
      return sizeOf(transaction);
    }

    FeeRate feeRate() {
      return FeeRate.of(fee, size());
    }
  }

  /** Returns the size in virtual bytes. */
  public static long sizeOf(Transaction transaction) {
    return Math.ceilDiv(transaction.weight(), 4);
  }

  /**
   * Sets the minimum fee rate, satoshi per virtual byte; at least the relay minimum. If it rises,
   * evicts the transactions that pay less: that is why the minimum of a full mempool rises.
   */
  public void setMinimum(long feeRate) {
    setMinimum(FeeRate.perByte(feeRate));
  }

  /** As {@link #setMinimum}, in satoshi per 1,000 virtual bytes. */
  public void setMinimumPerThousand(long feeRate) {
    setMinimum(new FeeRate(feeRate));
  }

  private void setMinimum(FeeRate feeRate) {
    FeeRate before = minimum;
    minimum = RELAY_MINIMUM.max(feeRate);
    if (minimum.compareTo(before) > 0) {
      evict();
    }
  }

  FeeRate minimum() {
    return minimum;
  }

  /** Returns whether there is a minimum because the mempool has been full. */
  boolean isFull() {
    return minimum.compareTo(RELAY_MINIMUM) > 0;
  }

  /**
   * Evicts the cheapest transactions with their descendants. A full mempool's minimum exceeds the
   * rate of what it has evicted by the incremental relay fee.
   */
  private void evict() {
    Optional<Entry> cheapest = cheapest();
    while (cheapest.isPresent()
        && score(cheapest.get()).plus(ReplacementPolicy.INCREMENT).compareTo(minimum) <= 0) {
      removeWithDescendants(cheapest.get());
      cheapest = cheapest();
    }
  }

  private Optional<Entry> cheapest() {
    return entries.values().stream().min(Comparator.comparing(this::score));
  }

  /** Returns the fee rate of a transaction, or with its descendants if that is higher. */
  private FeeRate score(Entry entry) {
    Set<Entry> family = descendants(entry);
    long fees = family.stream().mapToLong(Entry::fee).sum();
    long size = family.stream().mapToLong(Entry::size).sum();
    return entry.feeRate().max(FeeRate.of(fees, size));
  }

  public Collection<Entry> entries() {
    return entries.values();
  }

  /**
   * Returns the transactions that miners take who want {@code feeRate}, parents first; a parent
   * counts with its children.
   *
   * @param feeRate satoshi per virtual byte
   */
  public List<Transaction> paying(long feeRate) {
    Map<TxId, Transaction> taken = new LinkedHashMap<>();
    for (Entry entry : entries.values()) {
      boolean withParents =
          parents(entry.transaction()).stream()
              .allMatch(parent -> taken.containsKey(parent.transaction().txid));
      if (withParents && score(entry).compareTo(FeeRate.perByte(feeRate)) >= 0) {
        taken.put(entry.transaction().txid, entry.transaction());
      }
    }
    return List.copyOf(taken.values());
  }

  public Optional<Entry> find(TxId txid) {
    return Optional.ofNullable(entries.get(txid));
  }

  /** Returns the transaction that spends {@code output}. */
  public Optional<Entry> spender(OutPoint output) {
    return entries.values().stream()
        .filter(
            entry ->
                entry.transaction().txIn.stream().anyMatch(input -> input.outPoint.equals(output)))
        .findFirst();
  }

  /** Empties the mempool, as a restart does: it forgets that it was full. */
  public void clear() {
    entries.clear();
    minimum = RELAY_MINIMUM;
  }

  /** Accepts {@code transaction}, replacing conflicting ones, or returns why it is rejected. */
  Optional<Rejection> add(Transaction transaction, UtxoSet utxos) {
    Optional<Rejection> rejection = check(transaction, utxos);
    if (rejection.isEmpty()) {
      truc.sibling(transaction).ifPresent(this::removeWithDescendants);
      put(transaction, utxos);
    }
    return rejection;
  }

  private void put(Transaction transaction, UtxoSet utxos) {
    conflicts(transaction).forEach(this::removeWithDescendants);
    long fee = fee(transaction, utxos).orElseThrow();
    entries.put(transaction.txid, new Entry(transaction, fee, height));
  }

  /** Returns why {@code transaction} would be rejected; empty if it would be accepted. */
  Optional<Rejection> check(Transaction transaction, UtxoSet utxos) {
    Optional<Rejection> rejection = checkInputs(transaction, utxos);
    if (rejection.isPresent()) {
      return rejection;
    }
    long fee = fee(transaction, utxos).orElseThrow();
    Optional<Entry> sibling = truc.sibling(transaction);
    List<Entry> conflicts = new ArrayList<>(conflicts(transaction));
    sibling.ifPresent(conflicts::add);
    return TrucPolicy.checkDust(transaction, fee)
        .or(() -> checkMinimum(fee, sizeOf(transaction)))
        .or(() -> limits.check(transaction))
        .or(() -> truc.checkParents(transaction))
        .or(() -> truc.checkSpendsDust(transaction))
        .or(() -> replacement.check(transaction, fee, conflicts, sibling.isPresent()));
  }

  /** Returns why a transaction, or package, of that fee and size is rejected for its fee rate. */
  Optional<Rejection> checkMinimum(long fee, long size) {
    long required = minimum.feeOf(size);
    String reason = isFull() ? "mempool min fee not met" : "min relay fee not met";
    return fee < required
        ? Optional.of(Rejection.rule(reason, "%d < %d".formatted(fee, required)))
        : Optional.empty();
  }

  private Optional<Rejection> checkInputs(Transaction transaction, UtxoSet utxos) {
    if (entries.containsKey(transaction.txid)) {
      return Optional.of(Rejection.rule("txn-already-in-mempool"));
    }
    OptionalLong fee = fee(transaction, utxos);
    if (fee.isEmpty()) {
      return Optional.of(
          utxos.hasOutputOf(transaction)
              ? Rejection.rule("txn-already-known")
              : Rejection.MISSING_INPUTS);
    }
    return fee.getAsLong() < 0
        ? Optional.of(Rejection.rule("bad-txns-in-belowout"))
        : Optional.empty();
  }

  /**
   * Result of {@code submitpackage}.
   *
   * @param message bitcoind's message about the package as a whole
   * @param parent why the parent was rejected
   * @param child why the child was rejected
   * @param replaced transactions that it has replaced
   */
  record PackageResult(
      String message, Optional<Rejection> parent, Optional<Rejection> child, List<TxId> replaced) {

    static PackageResult rejected(String message, Rejection parent, Rejection child) {
      return new PackageResult(message, Optional.of(parent), Optional.of(child), List.of());
    }
  }

  /** Accepts a parent and its child: one by one, or together at their package fee rate. */
  PackageResult addPackage(Transaction parent, Transaction child, UtxoSet utxos) {
    Set<TxId> before = Set.copyOf(entries.keySet());
    PackageResult result = tryPackage(parent, child, utxos);
    List<TxId> replaced = before.stream().filter(txid -> !entries.containsKey(txid)).toList();
    return new PackageResult(result.message(), result.parent(), result.child(), replaced);
  }

  private PackageResult tryPackage(Transaction parent, Transaction child, UtxoSet utxos) {
    Optional<Rejection> first =
        entries.containsKey(parent.txid) ? Optional.empty() : add(parent, utxos);
    if (first.isPresent() && first.get().isForFee()) {
      return TrucPolicy.checkPackage(parent, child, first.get())
          .orElseGet(() -> addTogether(parent, child, utxos, first.get()));
    }
    Optional<Rejection> second =
        entries.containsKey(child.txid) ? Optional.empty() : add(child, utxos);
    boolean taken = first.isEmpty() && second.isEmpty();
    return new PackageResult(taken ? "success" : "transaction failed", first, second, List.of());
  }

  /**
   * Accepts a package whose fees are sufficient together.
   *
   * @param alone why the parent is rejected alone
   */
  private PackageResult addTogether(
      Transaction parent, Transaction child, UtxoSet utxos, Rejection alone) {
    String failed = "transaction failed";
    long parentFee = fee(parent, utxos).orElseThrow();
    OptionalLong childFee = childFee(parent, child, utxos);
    boolean relayed = TrucPolicy.isTruc(parent) || parentFee >= RELAY_MINIMUM.feeOf(sizeOf(parent));
    if (childFee.isEmpty() || !relayed) {
      return PackageResult.rejected(failed, alone, Rejection.MISSING_INPUTS);
    }
    Optional<Rejection> fee =
        checkMinimum(parentFee + childFee.getAsLong(), sizeOf(parent) + sizeOf(child));
    if (fee.isPresent()) {
      return PackageResult.rejected(failed, alone, fee.get());
    }
    List<Entry> conflicts = new ArrayList<>(conflicts(parent));
    conflicts(child).stream().filter(each -> !conflicts.contains(each)).forEach(conflicts::add);
    Optional<String> message =
        replacement.checkPackage(parent, parentFee, child, childFee.getAsLong(), conflicts);
    if (message.isPresent()) {
      return PackageResult.rejected(message.get(), alone, Rejection.MISSING_INPUTS);
    }
    put(parent, utxos);
    put(child, utxos);
    return new PackageResult("success", Optional.empty(), Optional.empty(), List.of());
  }

  private OptionalLong childFee(Transaction parent, Transaction child, UtxoSet utxos) {
    long fee = -sumOfOutputs(child);
    for (TxIn input : child.txIn) {
      Optional<Long> amount =
          input.outPoint.txid.equals(parent.txid)
              ? outputAmount(parent, input.outPoint.index)
              : amount(input.outPoint, utxos);
      if (amount.isEmpty()) {
        return OptionalLong.empty();
      }
      fee += amount.get();
    }
    return OptionalLong.of(fee);
  }

  /** Returns inputs minus outputs, in satoshi; empty if an input does not exist. */
  OptionalLong fee(Transaction transaction, UtxoSet utxos) {
    long fee = -sumOfOutputs(transaction);
    for (TxIn input : transaction.txIn) {
      Optional<Long> amount = amount(input.outPoint, utxos);
      if (amount.isEmpty()) {
        return OptionalLong.empty();
      }
      fee += amount.get();
    }
    return OptionalLong.of(fee);
  }

  private static long sumOfOutputs(Transaction transaction) {
    return transaction.txOut.stream().mapToLong(output -> output.amount.toLong()).sum();
  }

  private Optional<Long> amount(OutPoint output, UtxoSet utxos) {
    @Nullable Entry parent = entries.get(output.txid);
    return parent == null
        ? utxos.find(output).map(UtxoSet.Utxo::amount)
        : outputAmount(parent.transaction(), output.index);
  }

  private static Optional<Long> outputAmount(Transaction transaction, long index) {
    return index < transaction.txOut.size()
        ? Optional.of(transaction.txOut.get((int) index).amount.toLong())
        : Optional.empty();
  }

  /** Returns the transactions that spend an input of {@code transaction}. */
  List<Entry> conflicts(Transaction transaction) {
    return transaction.txIn.stream()
        .flatMap(input -> spender(input.outPoint).stream())
        .distinct()
        .toList();
  }

  /** Returns the unconfirmed transactions whose outputs {@code transaction} spends. */
  Set<Entry> parents(Transaction transaction) {
    Set<Entry> parents = new LinkedHashSet<>();
    transaction.txIn.forEach(input -> find(input.outPoint.txid).ifPresent(parents::add));
    return parents;
  }

  /** Returns the unconfirmed transactions that {@code transaction} depends on. */
  Set<Entry> ancestors(Transaction transaction) {
    Set<Entry> ancestors = new LinkedHashSet<>();
    for (Entry parent : parents(transaction)) {
      ancestors.add(parent);
      ancestors.addAll(ancestors(parent.transaction()));
    }
    return ancestors;
  }

  /** Returns {@code entry} and what depends on it, parents first. */
  Set<Entry> descendants(Entry entry) {
    Set<Entry> all = new LinkedHashSet<>(List.of(entry));
    Set<TxId> txids = new LinkedHashSet<>(List.of(entry.transaction().txid));
    for (Entry other : entries.values()) { // parents come before children
      if (other.transaction().txIn.stream()
          .anyMatch(input -> txids.contains(input.outPoint.txid))) {
        all.add(other);
        txids.add(other.transaction().txid);
      }
    }
    return all;
  }

  private void removeWithDescendants(Entry entry) {
    descendants(entry).forEach(gone -> entries.remove(gone.transaction().txid));
  }

  /**
   * Updates the mempool for another tip: removes transactions that are confirmed now and those that
   * conflict with them; adds disconnected ones, at any fee rate, if they are still valid.
   *
   * @param height of the tip
   * @param disconnected transactions of disconnected blocks, parents first
   */
  void onChainChanged(UtxoSet utxos, int height, List<Transaction> disconnected) {
    this.height = height;
    List<Entry> before = List.copyOf(entries.values());
    entries.clear();
    disconnected.stream()
        .filter(transaction -> fits(transaction, utxos))
        .forEach(transaction -> put(transaction, utxos));
    before.stream()
        .filter(entry -> fits(entry.transaction(), utxos))
        .forEach(entry -> entries.put(entry.transaction().txid, entry));
  }

  private boolean fits(Transaction transaction, UtxoSet utxos) {
    return !utxos.hasOutputOf(transaction)
        && checkInputs(transaction, utxos).isEmpty()
        && conflicts(transaction).isEmpty();
  }
}
