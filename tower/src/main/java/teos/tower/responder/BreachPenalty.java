package teos.tower.responder;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import teos.bitcoin.Outpoint;
import teos.bitcoin.RawTransactions;
import teos.bitcoin.TransactionOutline;
import teos.protocol.Txid;
import teos.tower.store.Penalty;
import teos.tower.store.RawTransaction;
import teos.tower.store.SharedOutputs;

/**
 * Penalty of a blob.
 *
 * @param penalty what is known about it
 * @param raw the transaction
 */
record BreachPenalty(Penalty penalty, RawTransaction raw) {

  /** Bitcoin Core's MAX_STANDARD_TX_WEIGHT: no node relays a heavier transaction. */
  static final int MAX_STANDARD_WEIGHT = 400_000;

  /** Weight units of a virtual byte. */
  private static final int WEIGHT_PER_VBYTE = 4;

  /** Maximum number of satoshi: larger values make a transaction invalid. */
  private static final long MAX_MONEY = 21_000_000L * 100_000_000;

  /** A transaction that nodes relay, at its position in the bundle. */
  private record Member(int position, RawTransaction raw, int weight, List<Outpoint> inputs) {}

  /**
   * Returns the penalty of a plain transaction; empty unless nodes relay it.
   *
   * @param selfDelay {@code to_self_delay} of the appointment in blocks
   */
  static List<BreachPenalty> ofPlain(byte[] transaction, Dispute dispute, long selfDelay) {
    return of(List.of(transaction), 0, dispute, selfDelay);
  }

  /**
   * Returns the penalties of a bundle: those of {@code members} that are transactions which nodes
   * relay.
   *
   * @param selfDelay {@code to_self_delay} of the appointment in blocks
   */
  static List<BreachPenalty> ofBundle(List<byte[]> members, Dispute dispute, long selfDelay) {
    return of(members, 1, dispute, selfDelay);
  }

  private static List<BreachPenalty> of(
      List<byte[]> transactions, int first, Dispute dispute, long selfDelay) {
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < transactions.size(); i++) {
      int position = first + i;
      byte[] raw = transactions.get(i);
      outline(raw)
          .ifPresent(
              outline ->
                  members.add(
                      new Member(
                          position,
                          new RawTransaction(raw, outline.txid()),
                          outline.weight(),
                          RawTransactions.inputs(raw))));
    }
    Map<Outpoint, Integer> shared = sharedOutputs(members);
    Map<Txid, byte[]> parents = new HashMap<>();
    members.forEach(member -> parents.put(member.raw.txid(), member.raw.bytes()));
    parents.put(dispute.txid(), dispute.raw().bytes());
    OutputValues values = new OutputValues(parents);
    return members.stream()
        .map(
            member ->
                new BreachPenalty(
                    new Penalty(
                        member.raw.txid(),
                        member.position,
                        feeRate(member, values),
                        selfDelay,
                        SharedOutputs.of(
                            member.inputs.stream()
                                .filter(shared::containsKey)
                                .mapToInt(shared::get)
                                .toArray()),
                        parent(member, dispute.txid())),
                    member.raw))
        .toList();
  }

  /**
   * Returns the structure of {@code raw}; empty unless it is exactly one transaction, with inputs
   * and outputs, within the standard weight. It is outlined, not parsed into objects: anyone may
   * have stored anything.
   */
  private static Optional<TransactionOutline> outline(byte[] raw) {
    try {
      TransactionOutline outline = RawTransactions.outline(raw);
      boolean spends = outline.inputs() > 0 && outline.outputs() > 0;
      return spends && outline.weight() <= MAX_STANDARD_WEIGHT
          ? Optional.of(outline)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Numbers the outputs that several members spend. */
  private static Map<Outpoint, Integer> sharedOutputs(List<Member> members) {
    Set<Outpoint> spent = new HashSet<>();
    Map<Outpoint, Integer> shared = new HashMap<>();
    for (Member member : members) {
      for (Outpoint input : Set.copyOf(member.inputs)) {
        if (!spent.add(input)) {
          shared.putIfAbsent(input, shared.size());
        }
      }
    }
    return shared;
  }

  /** Returns the transaction to wait for: none if the penalty spends an output of the dispute. */
  private static Optional<Penalty.Parent> parent(Member member, Txid dispute) {
    boolean direct = member.inputs.stream().anyMatch(input -> input.txid().equals(dispute));
    return direct
        ? Optional.empty()
        : Optional.of(new Penalty.Parent(member.inputs.getFirst().txid(), OptionalInt.empty()));
  }

  private static OptionalLong feeRate(Member member, OutputValues values) {
    long in = 0;
    for (Outpoint input : member.inputs) {
      long value = values.of(input);
      if (value < 0 || value > MAX_MONEY) {
        return OptionalLong.empty();
      }
      in += value;
    }
    long out = 0;
    for (long value : values.of(member.raw.txid())) {
      if (value < 0 || value > MAX_MONEY) {
        return OptionalLong.empty();
      }
      out += value;
    }
    int vsize = Math.ceilDiv(member.weight, WEIGHT_PER_VBYTE);
    return in < out || in > MAX_MONEY
        ? OptionalLong.empty()
        : OptionalLong.of((in - out) * 1_000 / vsize);
  }

  /** Values of the outputs of some transactions, parsed when they are needed. */
  private static final class OutputValues {
    private final Map<Txid, byte[]> transactions;
    private final Map<Txid, long[]> parsed = new HashMap<>();

    OutputValues(Map<Txid, byte[]> transactions) {
      this.transactions = transactions;
    }

    long[] of(Txid txid) {
      return parsed.computeIfAbsent(
          txid,
          key -> {
            byte[] raw = transactions.get(key);
            return raw == null ? new long[0] : RawTransactions.outputValues(raw);
          });
    }

    /** Returns the value in satoshi; negative if it is unknown. */
    long of(Outpoint output) {
      long[] all = of(output.txid());
      return output.index() < all.length ? all[(int) output.index()] : -1;
    }
  }
}
