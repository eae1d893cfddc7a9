package teos.testkit.simulation;

import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import teos.testkit.CommitmentType;
import teos.testkit.simulation.ChannelKind.Rung;
import teos.testkit.simulation.ChannelTransactions.Tx;

/** Opens channels on a simulated chain, and makes their transactions. */
public final class SimulatedChannels {

  private static final int BLOCKS_BEFORE_FUNDING = 12;
  private static final long CAPACITY = 1_000_000;
  private static final long CLOSE_FEE = 4_000;
  private static final long FEE_COIN = 200_000;
  private static final int SIGNATURE_BYTES = 72;
  private static final int VERSION = 2;

  private SimulatedChannels() {}

  /** A channel before any of its transactions: its funding, and the cheater's coin for fees. */
  private record Opened(ChannelKind kind, OutPoint funding, OutPoint feeCoin, int number) {}

  /** An output that is spent, with its value in satoshi. */
  private record Coin(OutPoint point, long amount) {}

  /** Mines some blocks, of which the last one funds a channel of each of {@code kinds}. */
  public static List<ChannelTransactions> open(SimulatedNode node, List<ChannelKind> kinds) {
    return node.withChain(
        chain -> {
          for (int i = 0; i < BLOCKS_BEFORE_FUNDING; i++) {
            chain.mine(chain.tip(), List.of());
          }
          OutPoint coinbase = new OutPoint(chain.best().get(1).transactions().getFirst(), 0);
          List<TxOut> outputs = new ArrayList<>();
          for (int i = 0; i < kinds.size(); i++) {
            outputs.add(output(CAPACITY, i));
            outputs.add(output(FEE_COIN, i));
          }
          Transaction funding = new Transaction(VERSION, List.of(input(coinbase)), outputs, 0);
          chain.mine(chain.tip(), List.of(funding));
          return IntStream.range(0, kinds.size())
              .mapToObj(
                  i ->
                      channel(
                          new Opened(
                              kinds.get(i),
                              new OutPoint(funding, 2L * i),
                              new OutPoint(funding, 2L * i + 1),
                              i)))
              .toList();
        });
  }

  private static ChannelTransactions channel(Opened channel) {
    ChannelKind kind = channel.kind();
    Transaction dispute = dispute(channel);
    Coin toLocal = coin(dispute, dispute.txOut.size() - 1);
    Coin anchor = coin(dispute, 0);
    List<List<Tx>> penalties =
        IntStream.range(0, ChannelKind.VERSIONS)
            .mapToObj(
                version ->
                    kind.rungs().stream()
                        .map(
                            rung ->
                                tx(
                                    spendAt(
                                        inputs(rung, toLocal, anchor),
                                        kind.feeRate(rung, version),
                                        channel)))
                        .toList())
            .toList();
    return new ChannelTransactions(
        kind,
        tx(dispute),
        tx(spend(VERSION, List.of(new Coin(channel.funding(), CAPACITY)), CLOSE_FEE, channel)),
        penalties,
        ChannelTransactions.RIVALS.stream()
            .map(rate -> tx(spendAt(List.of(toLocal), rate, channel)))
            .toList(),
        kind.isZeroFee() ? children(anchor, channel) : List.of());
  }

  private static Transaction dispute(Opened channel) {
    CommitmentType type = channel.kind().commitment();
    List<TxOut> outputs = new ArrayList<>();
    type.anchor().ifPresent(outputs::add);
    long anchor = type.anchor().map(output -> output.amount.toLong()).orElse(0L);
    outputs.add(output(CAPACITY - type.fee() - anchor, channel.number()));
    return new Transaction(type.version(), List.of(input(channel.funding())), outputs, 0);
  }

  private static Coin coin(Transaction transaction, int index) {
    return new Coin(new OutPoint(transaction, index), transaction.txOut.get(index).amount.toLong());
  }

  private static List<Coin> inputs(Rung rung, Coin toLocal, Coin anchor) {
    return rung.spendsAnchor() ? List.of(toLocal, anchor) : List.of(toLocal);
  }

  private static List<Tx> children(Coin anchor, Opened channel) {
    List<Coin> coins = List.of(anchor, new Coin(channel.feeCoin(), FEE_COIN));
    int version = channel.kind().commitment().version();
    return ChannelTransactions.CHILD_FEES.stream()
        .map(fee -> tx(spend(version, coins, fee, channel)))
        .toList();
  }

  private static Transaction spendAt(List<Coin> coins, int rate, Opened channel) {
    int version = channel.kind().commitment().version();
    long size = SimulatedMempool.sizeOf(spend(version, coins, 0, channel));
    return spend(version, coins, rate * size, channel);
  }

  private static Transaction spend(int version, List<Coin> coins, long fee, Opened channel) {
    long amount = coins.stream().mapToLong(Coin::amount).sum();
    return new Transaction(
        version,
        coins.stream().map(coin -> input(coin.point())).toList(),
        List.of(output(amount - fee, channel.number())),
        0);
  }

  private static TxIn input(OutPoint output) {
    ScriptWitness signature = new ScriptWitness(List.of(new ByteVector(new byte[SIGNATURE_BYTES])));
    return new TxIn(output, ByteVector.empty, TxIn.SEQUENCE_FINAL, signature);
  }

  /** Returns an output with a script of its own that looks like P2WSH. */
  private static TxOut output(long amount, int number) {
    byte[] script = ByteBuffer.allocate(34).put((byte) 0).put((byte) 32).putInt(number).array();
    return new TxOut(new Satoshi(amount), new ByteVector(script));
  }

  private static Tx tx(Transaction transaction) {
    return Tx.of(Transaction.write(transaction));
  }
}
