package teos.teosd.model;

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
 * The simulation's mempool, with those rules of bitcoind's that make a difference to a tower:
 * inputs that have to be there, fees, and replacement by fee. Scripts and signatures are not looked
 * at.
 */
final class Mempool {

  /** What a replacement pays over what it replaces, satoshi per virtual byte. */
  private static final long INCREMENT = 1;

  private static final long RELAY_MINIMUM = 1;

  /** Parents before children. */
  private final Map<TxId, Entry> entries = new LinkedHashMap<>();

  private long minimum = RELAY_MINIMUM;

  /**
   * A transaction in the mempool.
   *
   * @param fee satoshi
   */
  record Entry(Transaction transaction, long fee) {
    /** Virtual bytes. */
    long size() {
      return sizeOf(transaction);
    }
  }

  static long sizeOf(Transaction transaction) {
    return Math.ceilDiv(transaction.weight(), 4);
  }

  /** What has been refused: an error code of bitcoind's RPC, and its words. */
  record Refusal(int code, String reason) {
    /** Whether a child that pays for it may let it in. */
    boolean forItsFee() {
      return reason.startsWith("insufficient fee")
          || reason.startsWith("min relay fee not met")
          || reason.startsWith("mempool min fee not met");
    }
  }

  private static Refusal rule(String reason) {
    return new Refusal(-26, reason);
  }

  static final Refusal MISSING = new Refusal(-25, "bad-txns-inputs-missingorspent");

  /** Takes nothing that pays less, satoshi per virtual byte. */
  void setMinimum(long feeRate) {
    minimum = Math.max(RELAY_MINIMUM, feeRate);
  }

  long minimum() {
    return minimum;
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  Optional<Entry> find(TxId txid) {
    return Optional.ofNullable(entries.get(txid));
  }

  /** What spends {@code output}. */
  Optional<Entry> spender(OutPoint output) {
    return entries.values().stream()
        .filter(
            entry ->
                entry.transaction().txIn.stream().anyMatch(input -> input.outPoint.equals(output)))
        .findFirst();
  }

  void clear() {
    entries.clear();
  }

  /** Takes {@code transaction}, in the place of what it replaces; or says why not. */
  Optional<Refusal> add(Transaction transaction, Coins coins) {
    Optional<Refusal> refusal = test(transaction, coins);
    if (refusal.isEmpty()) {
      put(transaction, coins);
    }
    return refusal;
  }

  private void put(Transaction transaction, Coins coins) {
    conflicts(transaction).forEach(this::removeWithDescendants);
    long fee = fee(transaction, coins).orElseThrow();
    entries.put(transaction.txid, new Entry(transaction, fee));
  }

  /** Why {@code transaction} would not be taken. */
  Optional<Refusal> test(Transaction transaction, Coins coins) {
    Optional<Refusal> refusal = testButFee(transaction, coins);
    if (refusal.isPresent()) {
      return refusal;
    }
    long fee = fee(transaction, coins).orElseThrow();
    if (fee < minimum * sizeOf(transaction)) {
      String what = minimum > RELAY_MINIMUM ? "mempool min fee not met" : "min relay fee not met";
      return Optional.of(rule("%s, %d < %d".formatted(what, fee, minimum * sizeOf(transaction))));
    }
    return replacement(transaction, fee);
  }

  private Optional<Refusal> testButFee(Transaction transaction, Coins coins) {
    if (entries.containsKey(transaction.txid)) {
      return Optional.of(rule("txn-already-in-mempool"));
    }
    OptionalLong fee = fee(transaction, coins);
    if (fee.isEmpty()) {
      return Optional.of(coins.hasOutputOf(transaction) ? rule("txn-already-known") : MISSING);
    }
    return fee.getAsLong() < 0 ? Optional.of(rule("bad-txns-in-belowout")) : Optional.empty();
  }

  private Optional<Refusal> replacement(Transaction transaction, long fee) {
    long replaced = 0;
    for (Entry conflict : conflicts(transaction)) {
      if (fee * conflict.size() <= conflict.fee() * sizeOf(transaction)) {
        return Optional.of(rule("insufficient fee, rejecting replacement " + transaction.txid));
      }
      replaced += descendants(conflict).stream().mapToLong(Entry::fee).sum();
    }
    if (replaced > 0 && fee < replaced + INCREMENT * sizeOf(transaction)) {
      return Optional.of(rule("insufficient fee, rejecting replacement " + transaction.txid));
    }
    return Optional.empty();
  }

  /** What a package comes to: nothing stands against it, or something against all or a part. */
  record PackageAnswer(String message, Optional<Refusal> parent, Optional<Refusal> child) {}

  /** Takes a parent and its child: one after the other, or else both for what the child pays. */
  PackageAnswer addPackage(Transaction parent, Transaction child, Coins coins) {
    Optional<Refusal> first =
        entries.containsKey(parent.txid) ? Optional.empty() : add(parent, coins);
    if (first.isPresent() && first.get().forItsFee()) {
      return addTogether(parent, child, coins, first.get());
    }
    Optional<Refusal> second =
        entries.containsKey(child.txid) ? Optional.empty() : add(child, coins);
    boolean taken = first.isEmpty() && second.isEmpty();
    return new PackageAnswer(taken ? "success" : "transaction failed", first, second);
  }

  private PackageAnswer addTogether(
      Transaction parent, Transaction child, Coins coins, Refusal alone) {
    List<Entry> conflicts = conflicts(parent);
    long size = sizeOf(parent) + sizeOf(child);
    long out = child.txOut.stream().mapToLong(output -> output.amount.toLong()).sum();
    long in = child.txIn.stream().mapToLong(input -> outputOf(parent, input, coins)).sum();
    long fees = fee(parent, coins).orElseThrow() + in - out;
    long replaced =
        conflicts.stream().flatMap(one -> descendants(one).stream()).mapToLong(Entry::fee).sum();
    String message = "transaction failed";
    if (fees >= minimum * size) {
      if (conflicts.isEmpty() || fees >= replaced + INCREMENT * size) {
        put(parent, coins);
        put(child, coins);
        return new PackageAnswer("success", Optional.empty(), Optional.empty());
      }
      message = "package RBF failed: insufficient anti-DoS fees";
    }
    return new PackageAnswer(message, Optional.of(alone), Optional.of(MISSING));
  }

  private long outputOf(Transaction parent, TxIn input, Coins coins) {
    return input.outPoint.txid.equals(parent.txid)
        ? parent.txOut.get((int) input.outPoint.index).amount.toLong()
        : amount(input.outPoint, coins).orElse(0L);
  }

  /** Inputs less outputs, satoshi; nothing if an input is not there. */
  private OptionalLong fee(Transaction transaction, Coins coins) {
    long fee = 0;
    for (TxIn input : transaction.txIn) {
      Optional<Long> amount = amount(input.outPoint, coins);
      if (amount.isEmpty()) {
        return OptionalLong.empty();
      }
      fee += amount.get();
    }
    return OptionalLong.of(
        fee - transaction.txOut.stream().mapToLong(output -> output.amount.toLong()).sum());
  }

  private Optional<Long> amount(OutPoint output, Coins coins) {
    @Nullable Entry parent = entries.get(output.txid);
    if (parent != null && output.index < parent.transaction().txOut.size()) {
      return Optional.of(parent.transaction().txOut.get((int) output.index).amount.toLong());
    }
    return coins.find(output).map(Coins.Coin::amount);
  }

  private List<Entry> conflicts(Transaction transaction) {
    return transaction.txIn.stream()
        .flatMap(input -> spender(input.outPoint).stream())
        .distinct()
        .toList();
  }

  private Set<Entry> descendants(Entry entry) {
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
   * Follows the chain to another tip: what it has now goes, with all that conflicts with it; what
   * has left it comes back, whatever it pays, where it is still valid.
   *
   * @param disconnected payments that have left the chain, parents first
   */
  void follow(Coins coins, List<Transaction> disconnected) {
    List<Transaction> before = new ArrayList<>(disconnected);
    entries.values().forEach(entry -> before.add(entry.transaction()));
    entries.clear();
    for (Transaction transaction : before) {
      boolean fits =
          !coins.hasOutputOf(transaction)
              && testButFee(transaction, coins).isEmpty()
              && conflicts(transaction).isEmpty();
      if (fits) {
        put(transaction, coins);
      }
    }
  }
}
