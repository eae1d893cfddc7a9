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
import teos.testkit.simulation.ChannelTransactions.Tx;

/** Opens channels on a simulated chain, and makes their transactions. */
public final class SimulatedChannels {

  private static final int BLOCKS_BEFORE_FUNDING = 12;
  private static final long CAPACITY = 1_000_000;
  private static final long COMMITMENT_FEE = 1_000;
  private static final long CLOSE_FEE = 4_000;
  private static final int SIGNATURE_BYTES = 72;

  private SimulatedChannels() {}

  /**
   * Mines some blocks, of which the last one funds {@code count} channels. Every second one has fee
   * ladders.
   */
  public static List<ChannelTransactions> open(SimulatedNode node, int count) {
    return node.withChain(
        chain -> {
          for (int i = 0; i < BLOCKS_BEFORE_FUNDING; i++) {
            chain.mine(chain.tip(), List.of());
          }
          Transaction coinbase = chain.best().get(1).transactions().getFirst();
          List<TxOut> outputs = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            outputs.add(output(CAPACITY, i));
          }
          Transaction funding =
              new Transaction(2, List.of(input(new OutPoint(coinbase, 0))), outputs, 0);
          chain.mine(chain.tip(), List.of(funding));
          List<ChannelTransactions> channels = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            channels.add(channel(new OutPoint(funding, i), i));
          }
          return channels;
        });
  }

  private static ChannelTransactions channel(OutPoint funding, int number) {
    Transaction dispute = spend(funding, CAPACITY, COMMITMENT_FEE, number);
    OutPoint toLocal = new OutPoint(dispute, 0);
    long amount = CAPACITY - COMMITMENT_FEE;
    return new ChannelTransactions(
        tx(dispute),
        tx(spend(funding, CAPACITY, CLOSE_FEE, number)),
        ChannelTransactions.PENALTIES.stream()
            .map(rate -> tx(spendAt(toLocal, amount, rate, number)))
            .toList(),
        number % 2 == 1 ? ladders(toLocal, amount, number) : List.of(),
        List.of(
            tx(spendAt(toLocal, amount, ChannelTransactions.LOW_RIVAL, number)),
            tx(spendAt(toLocal, amount, ChannelTransactions.HIGH_RIVAL, number))));
  }

  private static List<List<Tx>> ladders(OutPoint toLocal, long amount, int number) {
    return IntStream.range(0, ChannelTransactions.PENALTIES.size())
        .mapToObj(
            version ->
                ChannelTransactions.RUNGS.stream()
                    .map(rate -> tx(spendAt(toLocal, amount, rate + version, number)))
                    .toList())
        .toList();
  }

  private static Transaction spendAt(OutPoint output, long amount, int rate, int number) {
    long size = SimulatedMempool.sizeOf(spend(output, amount, 0, number));
    return spend(output, amount, rate * size, number);
  }

  private static Transaction spend(OutPoint output, long amount, long fee, int number) {
    return new Transaction(2, List.of(input(output)), List.of(output(amount - fee, number)), 0);
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
