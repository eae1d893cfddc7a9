package teos.teosd.model;

import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.protocol.Txid;
import teos.teosd.model.ChannelTransactions.Tx;

/** Drives a {@link SimulatedNode}, a new one for each run. */
final class SimulatedDriver implements ChainDriver {

  private static final int BASE = 12;
  private static final long CAPACITY = 1_000_000;
  private static final long COMMITMENT_FEE = 1_000;
  private static final long CLOSE_FEE = 4_000;
  private static final int SIGNATURE = 72;

  private final int count;
  private SimulatedNode node = new SimulatedNode();
  private List<ChannelTransactions> channels = List.of();
  private int baseHeight;
  private @Nullable SimulatedBlock abandoned;

  /**
   * @param count channels of a run
   */
  SimulatedDriver(int count) {
    this.count = count;
    newRun();
  }

  @Override
  public void newRun() {
    node = new SimulatedNode();
    abandoned = null;
    node.withChain(
        chain -> {
          for (int i = 0; i < BASE; i++) {
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
          channels = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            channels.add(channel(new OutPoint(funding, i), i));
          }
          baseHeight = chain.tip().height();
          return true;
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
        List.of(
            tx(spendAt(toLocal, amount, ChannelTransactions.LOW_RIVAL, number)),
            tx(spendAt(toLocal, amount, ChannelTransactions.HIGH_RIVAL, number))));
  }

  private static Transaction spendAt(OutPoint output, long amount, int rate, int number) {
    long size = Mempool.sizeOf(spend(output, amount, 0, number));
    return spend(output, amount, rate * size, number);
  }

  private static Transaction spend(OutPoint output, long amount, long fee, int number) {
    return new Transaction(2, List.of(input(output)), List.of(output(amount - fee, number)), 0);
  }

  private static TxIn input(OutPoint output) {
    ScriptWitness signature = new ScriptWitness(List.of(new ByteVector(new byte[SIGNATURE])));
    return new TxIn(output, ByteVector.empty, TxIn.SEQUENCE_FINAL, signature);
  }

  /** To a script of its own, P2WSH by its look. */
  private static TxOut output(long amount, int number) {
    byte[] script = ByteBuffer.allocate(34).put((byte) 0).put((byte) 32).putInt(number).array();
    return new TxOut(new Satoshi(amount), new ByteVector(script));
  }

  private static Tx tx(Transaction transaction) {
    return Tx.of(Transaction.write(transaction));
  }

  @Override
  public BitcoindRpc rpc() {
    return node;
  }

  @Override
  public List<ChannelTransactions> channels() {
    return channels;
  }

  @Override
  public int baseHeight() {
    return baseHeight;
  }

  @Override
  public List<Mined> chain() {
    return node.withChain(
        chain ->
            chain.best().stream()
                .skip(baseHeight + 1L)
                .map(block -> new Mined(block.hash(), block.height(), txids(block.payments())))
                .toList());
  }

  private static Set<Txid> txids(List<Transaction> transactions) {
    Set<Txid> txids = new HashSet<>();
    transactions.forEach(
        transaction -> txids.add(Txid.ofInternal(transaction.hash.value.toByteArray())));
    return txids;
  }

  @Override
  public Set<Txid> mempool() {
    return node.withChain(
        chain ->
            txids(chain.mempool().entries().stream().map(Mempool.Entry::transaction).toList()));
  }

  @Override
  public boolean publish(Tx transaction) {
    try {
      node.call("sendrawtransaction", HexFormat.of().formatHex(transaction.raw()));
      return true;
    } catch (BitcoindException e) {
      return false;
    }
  }

  @Override
  public void mine(List<Tx> transactions) {
    node.withChain(chain -> chain.mine(chain.tip(), read(transactions)));
  }

  private static List<Transaction> read(List<Tx> transactions) {
    return transactions.stream().map(tx -> Transaction.read(tx.raw())).toList();
  }

  @Override
  public void mineMempool() {
    node.withChain(
        chain ->
            chain.mine(
                chain.tip(),
                chain.mempool().entries().stream().map(Mempool.Entry::transaction).toList()));
  }

  @Override
  public void reorg(int depth, List<Tx> first) {
    node.withChain(
        chain -> {
          abandoned = chain.tip();
          SimulatedBlock fork = chain.best().get(chain.tip().height() - depth);
          SimulatedBlock tip = chain.mine(fork, read(first));
          extend(chain, tip, abandoned.height() + 1);
          return true;
        });
  }

  /** A part of the network is nothing to a node but another branch. */
  @Override
  public void partition(int depth, List<Tx> first) {
    reorg(depth, first);
  }

  @Override
  public boolean reorgBack() {
    SimulatedBlock back = abandoned;
    if (back == null) {
      return false;
    }
    node.withChain(
        chain -> {
          abandoned = chain.tip();
          extend(chain, back, abandoned.height() + 1);
          return true;
        });
    return true;
  }

  private static void extend(SimulatedChain chain, SimulatedBlock from, int height) {
    SimulatedBlock tip = from;
    while (tip.height() < height) {
      tip = chain.mine(tip, List.of());
    }
  }

  @Override
  public void restart() {
    node.restart();
    node.withChain(
        chain -> {
          chain.mempool().clear();
          return true;
        });
  }

  @Override
  public boolean setMinimumFee(int feeRate) {
    node.withChain(
        chain -> {
          chain.mempool().setMinimum(feeRate);
          return true;
        });
    return true;
  }

  @Override
  public void close() {
    // nothing but memory
  }
}
