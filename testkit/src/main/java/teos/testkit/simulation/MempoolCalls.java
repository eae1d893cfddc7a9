package teos.testkit.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.util.Collection;
import java.util.Optional;
import teos.testkit.BitcoindRpcException;
import teos.testkit.simulation.SimulatedMempool.Entry;

/** RPC calls about the mempool of a simulated node. */
final class MempoolCalls {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final long MAX_MEMPOOL = 300_000_000;

  /** Fee rate above which bitcoind asks whether it is meant: 0.1 BTC per 1,000 virtual bytes. */
  private static final FeeRate MAX_FEE_RATE = new FeeRate(10_000_000);

  private final SimulatedChain chain;
  private final SimulatedMempool mempool;

  MempoolCalls(SimulatedChain chain) {
    this.chain = chain;
    this.mempool = chain.mempool();
  }

  JsonNode info() {
    Collection<Entry> entries = mempool.entries();
    return JSON.objectNode()
        .put("loaded", true)
        .put("size", entries.size())
        .put("bytes", sizeOf(entries))
        .put("total_fee", FeeRate.bitcoins(feesOf(entries)))
        .put("maxmempool", MAX_MEMPOOL)
        .put("mempoolminfee", mempool.minimum().bitcoins())
        .put("minrelaytxfee", SimulatedMempool.RELAY_MINIMUM.bitcoins())
        .put("incrementalrelayfee", ReplacementPolicy.INCREMENT.bitcoins())
        .put("fullrbf", true);
  }

  private static long sizeOf(Collection<Entry> entries) {
    return entries.stream().mapToLong(Entry::size).sum();
  }

  private static long feesOf(Collection<Entry> entries) {
    return entries.stream().mapToLong(Entry::fee).sum();
  }

  JsonNode all(boolean verbose) {
    if (verbose) {
      ObjectNode entries = JSON.objectNode();
      mempool
          .entries()
          .forEach(entry -> entries.set(hex(entry.transaction().txid), entryNode(entry)));
      return entries;
    }
    ArrayNode txids = JSON.arrayNode();
    mempool.entries().forEach(entry -> txids.add(hex(entry.transaction().txid)));
    return txids;
  }

  JsonNode entry(String txid) {
    return mempool
        .find(new TxId(txid))
        .map(this::entryNode)
        .orElseThrow(() -> new BitcoindRpcException(-5, "Transaction not in mempool"));
  }

  private JsonNode entryNode(Entry entry) {
    Collection<Entry> ancestors = mempool.ancestors(entry.transaction());
    Collection<Entry> descendants = mempool.descendants(entry);
    ObjectNode node =
        JSON.objectNode()
            .put("vsize", entry.size())
            .put("weight", entry.transaction().weight())
            .put("height", entry.height())
            .put("descendantcount", descendants.size())
            .put("descendantsize", sizeOf(descendants))
            .put("ancestorcount", ancestors.size() + 1)
            .put("ancestorsize", sizeOf(ancestors) + entry.size())
            .put("wtxid", SimulatedNode.wtxid(entry.transaction()));
    node.putObject("fees")
        .put("base", FeeRate.bitcoins(entry.fee()))
        .put("modified", FeeRate.bitcoins(entry.fee()))
        .put("ancestor", FeeRate.bitcoins(feesOf(ancestors) + entry.fee()))
        .put("descendant", FeeRate.bitcoins(feesOf(descendants)));
    ArrayNode depends = node.putArray("depends");
    mempool
        .parents(entry.transaction())
        .forEach(parent -> depends.add(hex(parent.transaction().txid)));
    ArrayNode spentBy = node.putArray("spentby");
    mempool.entries().stream()
        .map(Entry::transaction)
        .filter(child -> spends(child, entry.transaction()))
        .forEach(child -> spentBy.add(hex(child.txid)));
    return node;
  }

  private static boolean spends(Transaction child, Transaction parent) {
    return child.txIn.stream().anyMatch(input -> input.outPoint.txid.equals(parent.txid));
  }

  JsonNode spendingPrevout(JsonNode outputs) {
    ArrayNode response = JSON.arrayNode();
    for (JsonNode output : outputs) {
      String txid = output.path("txid").asText();
      long index = output.path("vout").asLong();
      ObjectNode node = response.addObject().put("txid", txid).put("vout", index);
      mempool
          .spender(new OutPoint(new TxId(txid), index))
          .ifPresent(entry -> node.put("spendingtxid", hex(entry.transaction().txid)));
    }
    return response;
  }

  /**
   * Answers {@code sendrawtransaction}.
   *
   * @param limited whether the caller has not lifted the limit on the fee rate
   */
  JsonNode send(String raw, boolean limited) {
    Transaction transaction = decode(raw);
    if (chain.utxos().hasOutputOf(transaction)) {
      throw new BitcoindRpcException(-27, "Transaction outputs already in utxo set");
    }
    if (mempool.find(transaction.txid).isEmpty()) {
      Optional<Rejection> rejection = mempool.check(transaction, chain.utxos());
      if (rejection.isPresent()) {
        throw new BitcoindRpcException(rejection.get().code(), rejection.get().reason());
      }
      if (limited && feeRate(transaction).compareTo(MAX_FEE_RATE) > 0) {
        throw new BitcoindRpcException(
            -25, "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)");
      }
      mempool.add(transaction, chain.utxos());
    }
    return JSON.textNode(hex(transaction.txid));
  }

  private FeeRate feeRate(Transaction transaction) {
    long fee = mempool.fee(transaction, chain.utxos()).orElseThrow();
    return FeeRate.of(fee, SimulatedMempool.sizeOf(transaction));
  }

  JsonNode test(JsonNode raws) {
    ArrayNode response = JSON.arrayNode();
    for (JsonNode raw : raws) {
      Transaction transaction = decode(raw.asText());
      Optional<Rejection> rejection = mempool.check(transaction, chain.utxos());
      ObjectNode node =
          response
              .addObject()
              .put("txid", hex(transaction.txid))
              .put("wtxid", SimulatedNode.wtxid(transaction))
              .put("allowed", rejection.isEmpty());
      rejection.ifPresentOrElse(
          why -> node.put("reject-reason", why.withoutDetails()),
          () -> {
            long fee = mempool.fee(transaction, chain.utxos()).orElseThrow();
            node.put("vsize", SimulatedMempool.sizeOf(transaction));
            node.putObject("fees")
                .put("base", FeeRate.bitcoins(fee))
                .put("effective-feerate", feeRate(transaction).bitcoins());
          });
    }
    return response;
  }

  JsonNode submitPackage(JsonNode raws) {
    if (raws.size() != 2) {
      throw new BitcoindRpcException(-8, "Array must contain between 2 and 25 transactions.");
    }
    Transaction parent = decode(raws.path(0).asText());
    Transaction child = decode(raws.path(1).asText());
    if (!spends(child, parent)) {
      throw new BitcoindRpcException(
          -25,
          "package topology disallowed. not child-with-parents or parents depend on each other.");
    }
    SimulatedMempool.PackageResult taken = mempool.addPackage(parent, child, chain.utxos());
    ObjectNode response = JSON.objectNode().put("package_msg", taken.message());
    ObjectNode results = response.putObject("tx-results");
    result(results, parent, taken.parent());
    result(results, child, taken.child());
    ArrayNode replaced = response.putArray("replaced-transactions");
    taken.replaced().forEach(txid -> replaced.add(hex(txid)));
    return response;
  }

  private void result(ObjectNode results, Transaction transaction, Optional<Rejection> rejection) {
    ObjectNode node =
        results.putObject(SimulatedNode.wtxid(transaction)).put("txid", hex(transaction.txid));
    rejection.ifPresentOrElse(
        why -> node.put("error", why.reason()),
        () -> {
          node.put("vsize", SimulatedMempool.sizeOf(transaction));
          mempool
              .find(transaction.txid)
              .ifPresent(
                  entry -> node.putObject("fees").put("base", FeeRate.bitcoins(entry.fee())));
        });
  }

  private static Transaction decode(String raw) {
    try {
      return Transaction.read(raw);
    } catch (RuntimeException e) {
      throw new BitcoindRpcException(
          -22, "TX decode failed. Make sure the tx has at least one input.");
    }
  }

  private static String hex(TxId txid) {
    return txid.value.toHex();
  }
}
