package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * Fills the mempool of a bitcoind that was started with {@code -maxmempool=5} with real
 * transactions, so that it rejects and evicts those with a lower fee rate. With {@code
 * -checkmempool=0}, this takes about a second.
 */
public final class FullMempool {

  /** Virtual bytes of transactions in a block of {@link #mine}: one of those made here. */
  private static final long BLOCK_SIZE = 100_000;

  /** Transactions that fill the mempool once (46 do), with some to spare. */
  private static final int TRANSACTIONS = 60;

  private static final int OUTPUTS = 2_200; // 95 kvB; standardness allows 100
  private static final long UTXO_AMOUNT = 100_000_000;
  private static final long OUTPUT_AMOUNT = 400;

  private final Bitcoind bitcoind;
  private final Queue<OutPoint> utxos;

  /**
   * Creates and confirms outputs for filling the mempool {@code times} times, which takes 60 BTC of
   * the wallet each.
   */
  public FullMempool(Bitcoind bitcoind, int times) {
    this.bitcoind = bitcoind;
    this.utxos = new ArrayDeque<>(AnyoneCanSpend.fund(bitcoind, times * TRANSACTIONS, UTXO_AMOUNT));
    bitcoind.mine(1);
  }

  /** Fills the mempool once, after mining a block; see {@link #fill(long)}. */
  public static void fill(Bitcoind bitcoind, long feeRate) {
    new FullMempool(bitcoind, 1).fill(feeRate);
  }

  /**
   * Adds transactions with {@code feeRate} until the mempool's minimum fee rate exceeds it, by the
   * incremental relay fee: transactions that pay less are evicted. Mines no block.
   *
   * @param feeRate in sat/vB, higher than the current minimum
   */
  public void fill(long feeRate) {
    for (int i = 0; i < TRANSACTIONS && !isMinimumAbove(feeRate); i++) {
      add(feeRate);
    }
    if (!isMinimumAbove(feeRate)) {
      throw new IllegalStateException("the mempool is not full: " + info());
    }
  }

  /**
   * Adds one transaction, which evicts the cheapest ones if the mempool is full. Does nothing if
   * the mempool is full of transactions that pay as much.
   *
   * @param feeRate in sat/vB
   */
  public void add(long feeRate) {
    OutPoint utxo = utxos.remove();
    long size = Math.ceilDiv(transaction(utxo, 0).weight(), 4);
    String raw = HexFormat.of().formatHex(Transaction.write(transaction(utxo, feeRate * size)));
    try {
      bitcoind.rpc("sendrawtransaction", raw, 0);
    } catch (BitcoindRpcException e) {
      if (!"mempool full".equals(e.getMessage())) {
        throw e;
      }
    }
  }

  private static Transaction transaction(OutPoint utxo, long fee) {
    long[] amounts = new long[OUTPUTS];
    Arrays.fill(amounts, OUTPUT_AMOUNT);
    amounts[0] = UTXO_AMOUNT - (OUTPUTS - 1) * OUTPUT_AMOUNT - fee;
    return AnyoneCanSpend.spend(List.of(utxo), amounts);
  }

  /**
   * Mines a block as miners do when blocks are full: the transactions with the highest fee rates,
   * up to the first one for which there is no room. Parents count with their children.
   *
   * @return the block's hash
   */
  public String mine() {
    JsonNode entries = bitcoind.rpc("getrawmempool", true);
    List<String> byRate =
        entries
            .propertyStream()
            .sorted(Comparator.comparingDouble(entry -> -rate(entry.getValue())))
            .map(Map.Entry::getKey)
            .toList();
    Set<String> block = new LinkedHashSet<>();
    long size = 0;
    for (String txid : byRate) {
      Set<String> family = new LinkedHashSet<>();
      addWithParents(txid, entries, family);
      family.removeAll(block);
      size += family.stream().mapToLong(each -> entries.path(each).path("vsize").asLong()).sum();
      if (size > BLOCK_SIZE) {
        break;
      }
      block.addAll(family);
    }
    return bitcoind.mineBlockWith(List.copyOf(block));
  }

  private static double rate(JsonNode entry) {
    return entry.path("fees").path("ancestor").asDouble() / entry.path("ancestorsize").asDouble();
  }

  private static void addWithParents(String txid, JsonNode entries, Set<String> family) {
    entries
        .path(txid)
        .path("depends")
        .forEach(parent -> addWithParents(parent.asText(), entries, family));
    family.add(txid);
  }

  private boolean isMinimumAbove(long feeRate) {
    return minimumPerThousand() > feeRate * 1_000;
  }

  /** Returns the mempool's minimum fee rate in satoshi per 1,000 virtual bytes. */
  public long minimumPerThousand() {
    return info().path("mempoolminfee").decimalValue().movePointRight(8).longValueExact();
  }

  private JsonNode info() {
    return bitcoind.rpc("getmempoolinfo");
  }
}
