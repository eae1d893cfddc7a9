package teos.testkit.simulation;

import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import fr.acinq.bitcoin.TxIn;
import java.util.ArrayList;
import java.util.Collection;
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
 * exist, minimum fees, replacement by fee, packages, TRUC and ephemeral dust. Scripts and
 * signatures are not checked.
 */
public final class SimulatedMempool {

  /** Fee that a replacement must pay on top of what it replaces, satoshi per virtual byte. */
  private static final long INCREMENT = 1;

  private static final long RELAY_MINIMUM = 1;

  /** Parents before children. */
  private final Map<TxId, Entry> entries = new LinkedHashMap<>();

  private final TrucPolicy truc = new TrucPolicy(this);

  private long minimum = RELAY_MINIMUM;

  /**
   * A transaction in the mempool.
   *
   * @param fee satoshi
   */
  public record Entry(Transaction transaction, long fee) {
    /** Returns the size in virtual bytes. */
    long size() {
      return sizeOf(transaction);
    }
  }

  public static long sizeOf(Transaction transaction) {
    return Math.ceilDiv(transaction.weight(), 4);
  }

  /** Rejection of a transaction: bitcoind's RPC error code and its message. */
  record Rejection(int code, String reason) {
    /** Returns whether a child that pays for it could get it accepted. */
    boolean isForFee() {
      return reason.startsWith("insufficient fee")
          || reason.startsWith("min relay fee not met")
          || reason.startsWith("mempool min fee not met");
    }
  }

  private static Rejection rule(String reason) {
    return new Rejection(-26, reason);
  }

  static final Rejection MISSING = new Rejection(-25, "bad-txns-inputs-missingorspent");

  /** Sets the minimum fee rate, satoshi per virtual byte; at least the relay minimum. */
  public void setMinimum(long feeRate) {
    minimum = Math.max(RELAY_MINIMUM, feeRate);
  }

  public long minimum() {
    return minimum;
  }

  public Collection<Entry> entries() {
    return entries.values();
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

  public void clear() {
    entries.clear();
  }

  /** Accepts {@code transaction}, replacing conflicting ones, or returns why it is rejected. */
  Optional<Rejection> add(Transaction transaction, UtxoSet utxos) {
    Optional<Rejection> refusal = check(transaction, utxos);
    if (refusal.isEmpty()) {
      truc.sibling(transaction).ifPresent(this::removeWithDescendants);
      put(transaction, utxos);
    }
    return refusal;
  }

  private void put(Transaction transaction, UtxoSet utxos) {
    conflicts(transaction).forEach(this::removeWithDescendants);
    long fee = fee(transaction, utxos).orElseThrow();
    entries.put(transaction.txid, new Entry(transaction, fee));
  }

  /** Returns why {@code transaction} would be rejected; empty if it would be accepted. */
  Optional<Rejection> check(Transaction transaction, UtxoSet utxos) {
    Optional<Rejection> refusal = checkInputs(transaction, utxos);
    if (refusal.isPresent()) {
      return refusal;
    }
    long fee = fee(transaction, utxos).orElseThrow();
    Optional<Rejection> dust = TrucPolicy.checkDust(transaction, fee);
    if (dust.isPresent()) {
      return dust;
    }
    if (fee < minimum * sizeOf(transaction)) {
      String what = minimum > RELAY_MINIMUM ? "mempool min fee not met" : "min relay fee not met";
      return Optional.of(rule("%s, %d < %d".formatted(what, fee, minimum * sizeOf(transaction))));
    }
    return truc.checkParents(transaction)
        .or(() -> truc.checkSpendsDust(transaction))
        .or(() -> replacement(transaction, fee));
  }

  private Optional<Rejection> checkInputs(Transaction transaction, UtxoSet utxos) {
    if (entries.containsKey(transaction.txid)) {
      return Optional.of(rule("txn-already-in-mempool"));
    }
    OptionalLong fee = fee(transaction, utxos);
    if (fee.isEmpty()) {
      return Optional.of(utxos.hasOutputOf(transaction) ? rule("txn-already-known") : MISSING);
    }
    return fee.getAsLong() < 0 ? Optional.of(rule("bad-txns-in-belowout")) : Optional.empty();
  }

  private Optional<Rejection> replacement(Transaction transaction, long fee) {
    List<Entry> conflicts = new ArrayList<>(conflicts(transaction));
    Optional<Entry> sibling = truc.sibling(transaction);
    sibling.ifPresent(conflicts::add);
    Rejection insufficient =
        rule(
            "insufficient fee%s, rejecting replacement %s"
                .formatted(
                    sibling.isPresent() ? " (including sibling eviction)" : "", transaction.txid));
    long replaced = 0;
    for (Entry conflict : conflicts) {
      if (fee * conflict.size() <= conflict.fee() * sizeOf(transaction)) {
        return Optional.of(insufficient);
      }
      replaced += descendants(conflict).stream().mapToLong(Entry::fee).sum();
    }
    return !conflicts.isEmpty() && fee < replaced + INCREMENT * sizeOf(transaction)
        ? Optional.of(insufficient)
        : Optional.empty();
  }

  /** Result of {@code submitpackage}: the message, and why parent and child were rejected. */
  record PackageResult(String message, Optional<Rejection> parent, Optional<Rejection> child) {}

  /** Accepts a parent and its child: one by one, or together at their package fee rate. */
  PackageResult addPackage(Transaction parent, Transaction child, UtxoSet utxos) {
    Optional<Rejection> first =
        entries.containsKey(parent.txid) ? Optional.empty() : add(parent, utxos);
    if (first.isPresent() && first.get().isForFee()) {
      return TrucPolicy.checkPackage(parent, child, first.get(), MISSING)
          .orElseGet(() -> addTogether(parent, child, utxos, first.get()));
    }
    Optional<Rejection> second =
        entries.containsKey(child.txid) ? Optional.empty() : add(child, utxos);
    boolean taken = first.isEmpty() && second.isEmpty();
    return new PackageResult(taken ? "success" : "transaction failed", first, second);
  }

  private PackageResult addTogether(
      Transaction parent, Transaction child, UtxoSet utxos, Rejection alone) {
    List<Entry> conflicts = conflicts(parent);
    long size = sizeOf(parent) + sizeOf(child);
    long out = child.txOut.stream().mapToLong(output -> output.amount.toLong()).sum();
    long in = child.txIn.stream().mapToLong(input -> outputOf(parent, input, utxos)).sum();
    long fees = fee(parent, utxos).orElseThrow() + in - out;
    long replaced =
        conflicts.stream().flatMap(one -> descendants(one).stream()).mapToLong(Entry::fee).sum();
    String message = "transaction failed";
    boolean relayed =
        TrucPolicy.isTruc(parent)
            || fee(parent, utxos).orElseThrow() >= RELAY_MINIMUM * sizeOf(parent);
    if (relayed && fees >= minimum * size) {
      if (conflicts.isEmpty() || fees >= replaced + INCREMENT * size) {
        put(parent, utxos);
        put(child, utxos);
        return new PackageResult("success", Optional.empty(), Optional.empty());
      }
      message = "package RBF failed: insufficient anti-DoS fees";
    }
    return new PackageResult(message, Optional.of(alone), Optional.of(MISSING));
  }

  private long outputOf(Transaction parent, TxIn input, UtxoSet utxos) {
    return input.outPoint.txid.equals(parent.txid)
        ? parent.txOut.get((int) input.outPoint.index).amount.toLong()
        : amount(input.outPoint, utxos).orElse(0L);
  }

  /** Returns inputs minus outputs, in satoshi; empty if an input does not exist. */
  private OptionalLong fee(Transaction transaction, UtxoSet utxos) {
    long fee = 0;
    for (TxIn input : transaction.txIn) {
      Optional<Long> amount = amount(input.outPoint, utxos);
      if (amount.isEmpty()) {
        return OptionalLong.empty();
      }
      fee += amount.get();
    }
    return OptionalLong.of(
        fee - transaction.txOut.stream().mapToLong(output -> output.amount.toLong()).sum());
  }

  private Optional<Long> amount(OutPoint output, UtxoSet utxos) {
    @Nullable Entry parent = entries.get(output.txid);
    if (parent != null && output.index < parent.transaction().txOut.size()) {
      return Optional.of(parent.transaction().txOut.get((int) output.index).amount.toLong());
    }
    return utxos.find(output).map(UtxoSet.Utxo::amount);
  }

  List<Entry> conflicts(Transaction transaction) {
    return transaction.txIn.stream()
        .flatMap(input -> spender(input.outPoint).stream())
        .distinct()
        .toList();
  }

  /** Returns {@code entry} and what depends on it, parents first. */
  Set<Entry> descendants(Entry entry) {
    Set<Entry> all = new LinkedHashSet<>(List.of(entry));
    for (Entry other : entries.values()) { // parents come before children
      boolean child =
          other.transaction().txIn.stream()
              .anyMatch(
                  input ->
                      all.stream()
                          .anyMatch(one -> one.transaction().txid.equals(input.outPoint.txid)));
      if (child) {
        all.add(other);
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
   * @param disconnected transactions of disconnected blocks, parents first
   */
  void onChainChanged(UtxoSet utxos, List<Transaction> disconnected) {
    List<Transaction> before = new ArrayList<>(disconnected);
    entries.values().forEach(entry -> before.add(entry.transaction()));
    entries.clear();
    for (Transaction transaction : before) {
      boolean fits =
          !utxos.hasOutputOf(transaction)
              && checkInputs(transaction, utxos).isEmpty()
              && conflicts(transaction).isEmpty();
      if (fits) {
        put(transaction, utxos);
      }
    }
  }
}
