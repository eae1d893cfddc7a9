package teos.teosd.model;

import static org.assertj.core.api.Assertions.assertThat;

import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.testkit.AnyoneCanSpend;
import teos.testkit.Bitcoind;
import teos.testkit.FullMempool;
import teos.testkit.FundingUtxos;
import teos.testkit.LightningChannel;

/**
 * Fees, replacement, limits and estimates: the simulated node answers as a real one, to the last
 * word.
 */
@Tag("bitcoind")
class SimulatedFeesTest extends NodeComparison {

  private static final long AMOUNT = 1_000_000;

  /** Most unconfirmed transactions in a chain. */
  private static final int CHAIN = 25;

  private static final List<String> FAMILY =
      List.of(
          "vsize",
          "weight",
          "wtxid",
          "descendantcount",
          "descendantsize",
          "ancestorcount",
          "ancestorsize",
          "fees/base",
          "fees/modified",
          "fees/ancestor",
          "fees/descendant",
          "depends",
          "spentby");

  /** Transactions that both nodes have been sent; the real one may have others, which fill it. */
  private final Set<String> sent = new HashSet<>();

  private boolean filled;

  /** A mempool of 5 MB, which some of the tests fill. */
  @Override
  void configure(Bitcoind started) throws Exception {
    started.stop();
    started.restart("-maxmempool=5", "-checkmempool=0");
  }

  @Override
  void sameMempool() throws Exception {
    if (!filled) {
      super.sameMempool();
      return;
    }
    Set<String> known = new TreeSet<>(bitcoind.mempool());
    known.retainAll(sent);
    assertThat(texts(simulated.call("getrawmempool"))).isEqualTo(known);
  }

  @Override
  Object submit(byte[] parent, byte[] child) throws Exception {
    sent.add(FundingUtxos.txid(hex(parent)).toString());
    sent.add(FundingUtxos.txid(hex(child)).toString());
    return super.submit(parent, child);
  }

  @Override
  Object send(byte[] raw) throws Exception {
    sent.add(FundingUtxos.txid(hex(raw)).toString());
    return super.send(raw);
  }

  @Override
  String compared(String reason) {
    return reason;
  }

  private List<OutPoint> fund(int count) throws Exception {
    List<OutPoint> points = AnyoneCanSpend.fund(bitcoind, count, AMOUNT);
    bitcoind.mine(1);
    adoptFrom(adopted == 0 ? 1 : adopted);
    return points;
  }

  private Object send(Transaction transaction) throws Exception {
    test(Transaction.write(transaction));
    return send(Transaction.write(transaction));
  }

  /** Spends one output with a fee in satoshi. */
  private static Transaction spend(OutPoint point, long amount, long fee) {
    return AnyoneCanSpend.spend(List.of(point), amount - fee);
  }

  private void sameEntries() throws Exception {
    for (String txid : bitcoind.mempool()) {
      sameIn(FAMILY, "getmempoolentry", txid);
    }
    sameIn(
        List.of(
            "loaded",
            "size",
            "bytes",
            "total_fee",
            "mempoolminfee",
            "minrelaytxfee",
            "incrementalrelayfee",
            "fullrbf"),
        "getmempoolinfo");
  }

  private static OutPoint output(Transaction transaction, int index) {
    return new OutPoint(transaction, index);
  }

  @Test
  void replacesForHigherRateAndFees() throws Exception {
    List<OutPoint> points = fund(4);
    OutPoint first = points.get(0);
    for (long fee : new long[] {90, 500, 500, 400, 501, 590, 595, 600, 700, 1_000}) {
      send(spend(first, AMOUNT, fee));
    }
    // A higher fee at a lower rate, and a higher rate for lower fees.
    long[] many = LongStream.generate(() -> 1_000).limit(20).toArray();
    many[0] = AMOUNT - 19 * 1_000 - 1_500;
    send(AnyoneCanSpend.spend(List.of(first), many));
    many[0] -= 20_000;
    send(AnyoneCanSpend.spend(List.of(first), many));
    send(spend(first, AMOUNT, 20_000));
    sameEntries();

    // Several conflicts, of which one has a child.
    Transaction second = spend(points.get(1), AMOUNT, 300);
    send(second);
    send(spend(output(second, 0), AMOUNT - 300, 2_000));
    send(spend(points.get(2), AMOUNT, 5_000));
    sameEntries();
    List<OutPoint> both = List.of(points.get(1), points.get(2));
    for (long fee : new long[] {400, 6_000, 7_299, 7_300, 7_350, 7_800}) {
      send(AnyoneCanSpend.spend(both, 2 * AMOUNT - fee));
    }
    sameEntries();
    assertThat(bitcoind.mempool()).hasSize(2);

    // A replacement that depends on another transaction, or on what it replaces.
    Transaction parent = spend(points.get(3), AMOUNT, 500);
    send(parent);
    send(AnyoneCanSpend.spend(List.of(first, output(parent, 0)), 2 * AMOUNT - 90_000));
    send(AnyoneCanSpend.spend(List.of(points.get(3), output(parent, 0)), 2 * AMOUNT - 90_000));
    mine();
  }

  @Test
  void replacesAtMostOneHundredTransactions() throws Exception {
    List<OutPoint> points = fund(5);
    for (OutPoint point : points.subList(0, 4)) {
      OutPoint last = point;
      for (int i = 0; i < CHAIN; i++) {
        Transaction next = spend(last, AMOUNT - 200L * i, 200);
        send(Transaction.write(next));
        last = output(next, 0);
      }
    }
    send(spend(points.get(4), AMOUNT, 200));
    sameEntries();
    send(AnyoneCanSpend.spend(points, 5 * AMOUNT - 100_000));
    send(AnyoneCanSpend.spend(points.subList(0, 4), 4 * AMOUNT - 19_999));
    send(AnyoneCanSpend.spend(points.subList(0, 4), 4 * AMOUNT - 100_000));
    sameEntries();
    mine();
  }

  @Test
  void limitsChains() throws Exception {
    List<OutPoint> points = fund(4);
    // Ancestors.
    List<Transaction> chain = new ArrayList<>();
    OutPoint last = points.get(0);
    for (int i = 0; i < CHAIN + 1; i++) {
      Transaction next = AnyoneCanSpend.spend(List.of(last), AMOUNT - 2_000 * (i + 1L), 1_000);
      send(next);
      chain.add(next);
      last = output(next, 0);
    }
    // One more child of the first one, which is the last exception, and replacing it.
    for (int i = 0; i < 2; i++) {
      for (long fee : new long[] {300, 300, 500}) {
        send(AnyoneCanSpend.spend(List.of(output(chain.get(i), 1)), 1_000 - fee));
      }
    }
    send(spend(output(chain.get(CHAIN - 2), 0), AMOUNT - 2_000 * (CHAIN - 1), 3_000));
    sameEntries();

    // Descendants.
    long[] amounts = LongStream.generate(() -> 10_000).limit(CHAIN + 3).toArray();
    Transaction wide = AnyoneCanSpend.spend(List.of(points.get(1)), amounts);
    send(wide);
    for (int i = 0; i < CHAIN + 2; i++) {
      send(spend(output(wide, i), 10_000, 300));
    }
    send(spend(output(wide, 0), 10_000, 900));
    sameEntries();

    // Sizes.
    long[] large = LongStream.generate(() -> 400).limit(1_300).toArray();
    large[0] = AMOUNT - 1_300 * 400 - 100_000;
    Transaction bulk = AnyoneCanSpend.spend(List.of(points.get(2)), large);
    send(bulk);
    long[] rest = LongStream.generate(() -> 330).limit(1_060).toArray();
    send(AnyoneCanSpend.spend(List.of(output(bulk, 0)), rest));
    send(
        AnyoneCanSpend.spend(List.of(output(bulk, 0)), LongStream.of(rest).limit(1_000).toArray()));
    sameEntries();
    mine();
  }

  @Test
  void replacesWithPackages() throws Exception {
    List<LightningChannel> channels = LightningChannel.openMany(bitcoind, 3);
    adoptFrom(1);
    for (LightningChannel channel : channels) {
      for (long fee : new long[] {1_100, 1_400, 3_000, 9_000}) {
        send(channel.closing(fee));
        for (int rate : new int[] {1, 4, 8, 12, 20, 40}) {
          submit(channel.commitment(), channel.penalty(rate));
        }
        sameEntries();
      }
      send(channel.closing(60_000));
    }
    mine();
  }

  @Test
  void ladderOfPenalties() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    adoptFrom(1);
    send(channel.commitment());
    for (int rate : new int[] {5, 10, 3, 11, 10, 40, 160, 20, 640}) {
      test(channel.penalty(rate));
      send(channel.penalty(rate));
      sameEntries();
    }
    sameIn(List.of("height"), "getmempoolentry", channel.commitmentTxid().toString());
    int fork = bitcoind.height();
    bitcoind.mineBlockWith(List.of(hex(channel.commitment()), hex(channel.penalty(40))));
    adoptFrom(adopted);
    sameMempool();
    send(channel.penalty(640));
    reorgTo(fork);
    sameEntries();
    sameMempool();
    send(channel.penalty(160));
    mine();
  }

  /** Gives the simulated node the minimum of the real one, which has been filled. */
  private void sameMinimum(FullMempool full) throws Exception {
    filled = true;
    long minimum = full.minimumPerThousand();
    simulated.withChain(
        chain -> {
          chain.mempool().setMinimumPerThousand(minimum);
          return true;
        });
    sameIn(List.of("mempoolminfee", "minrelaytxfee"), "getmempoolinfo");
    sameMempool();
  }

  @Test
  void fullMempool() throws Exception {
    bitcoind.mine(100);
    LightningChannel channel = LightningChannel.open(bitcoind);
    LightningChannel other = LightningChannel.open(bitcoind);
    FullMempool full = new FullMempool(bitcoind, 4);
    adoptFrom(1);
    long now = bitcoind.rpc("getblockheader", bitcoind.bestBlockHash()).path("time").asLong();
    bitcoind.rpc("setmocktime", now + 1_000); // otherwise the minimum falls with time
    send(channel.commitment());
    send(channel.penalty(5));
    send(other.closing(2_000));
    sameEntries();

    full.fill(10);
    sameMinimum(full);
    send(channel.commitment());
    send(channel.penalty(40));
    for (int rate : new int[] {5, 10, 15, 21, 22, 40}) {
      submit(channel.commitment(), channel.penalty(rate));
      send(channel.penalty(rate + 1));
    }
    for (long fee : new long[] {1_500, 2_100, 4_000}) {
      test(other.closing(fee));
      send(other.closing(fee));
    }
    sameIn(FAMILY, "getmempoolentry", channel.commitmentTxid().toString());

    full.fill(30); // more than the dispute with its penalty
    sameMinimum(full);
    for (int rate : new int[] {40, 60, 90, 160}) {
      submit(channel.commitment(), channel.penalty(rate));
    }
    int fork = bitcoind.height();
    bitcoind.mineBlockWith(List.of(hex(channel.commitment())));
    adoptFrom(adopted);
    sameMempool();
    for (int rate : new int[] {20, 31, 160, 161}) {
      send(channel.penalty(rate));
    }
    full.fill(165);
    sameMinimum(full);
    for (int rate : new int[] {161, 165, 166, 168}) {
      send(channel.penalty(rate));
    }
    bitcoind.mineBlockWith(List.of(hex(channel.penalty(168))));
    adoptFrom(adopted);
    reorgTo(fork);
    sameMempool();

    // The minimum falls with time after a block, and with a restart.
    bitcoind.rpc("setmocktime", now + 12 * 3_600);
    sameMinimum(full);
    send(channel.penalty(161));
    send(other.closing(20_000));
    send(other.closing(30_000));
    simulated.setEstimates(Map.of(2, 3_000L));
    assertThat(simulated.call("estimatesmartfee", 6).path("feerate").decimalValue())
        .isEqualTo(simulated.call("getmempoolinfo").path("mempoolminfee").decimalValue());
  }

  @Test
  void feeEstimates() throws Exception {
    List<OutPoint> points = fund(600);
    for (int target : new int[] {-1, 0, 1, 2, 6, 144, 1_008, 1_009}) {
      sameIn(List.of("feerate", "errors", "blocks"), "estimatesmartfee", target);
    }
    int block = 20;
    for (int i = 0; i < points.size(); i++) {
      bitcoind.rpc(
          "sendrawtransaction",
          hex(Transaction.write(spend(points.get(i), AMOUNT, 1_000 + 10L * i))),
          0);
      if (i % block == block - 1) {
        bitcoind.mine(1);
      }
    }
    adoptFrom(adopted);
    Map<Integer, Long> estimates = new HashMap<>();
    for (int target : new int[] {2, 6, 12, 15}) {
      estimates.put(
          target,
          bitcoind
              .rpc("estimatesmartfee", target)
              .path("feerate")
              .decimalValue()
              .movePointRight(8)
              .longValueExact());
    }
    simulated.setEstimates(estimates);
    for (int target : new int[] {1, 2, 6, 12, 15, 144, 1_008, 1_009}) {
      sameIn(List.of("feerate", "errors", "blocks"), "estimatesmartfee", target);
    }
  }

  @Test
  void refusesAbsurdFeesUnlessAllowed() throws Exception {
    Transaction absurd = AnyoneCanSpend.spend(List.of(fund(2).getFirst()), 1_000);
    byte[] raw = Transaction.write(spend(fund(2).getFirst(), AMOUNT, 980_000));
    send(absurd);
    same("sendrawtransaction", hex(raw));
    send(raw);
  }
}
