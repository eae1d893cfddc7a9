package teos.testkit.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import fr.acinq.bitcoin.ByteVector32;
import fr.acinq.bitcoin.Crypto;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import teos.testkit.BitcoindRpcException;
import teos.testkit.simulation.SimulatedMempool.Entry;
import teos.testkit.simulation.SimulatedMempool.Rejection;

/**
 * In-memory bitcoind on regtest: answers the RPC calls that a tower makes as bitcoind does ({@code
 * SimulatedNodeTest} compares both). It does not check scripts, signatures and lock times.
 * Deterministic: nothing happens without a call.
 */
public final class SimulatedNode {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String RELAY_FEE = "0.00001000";
  private static final long SECONDS_BETWEEN_STARTS = 10_000;

  private final SimulatedChain chain = new SimulatedChain();

  /** Seconds of the monotonic clock; a restart adds more seconds than any run takes. */
  private long startedAt = secondsNow() - 100 * SECONDS_BETWEEN_STARTS;

  /** Simulates a restart: the uptime begins again; the mempool stays. */
  public synchronized void restart() {
    startedAt += SECONDS_BETWEEN_STARTS;
  }

  private static long secondsNow() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
  }

  /** Reads or changes the chain under the node's lock, so between two RPC calls. */
  public synchronized <T> T withChain(Function<SimulatedChain, T> work) {
    return work.apply(chain);
  }

  /**
   * Answers an RPC call.
   *
   * @throws BitcoindRpcException with bitcoind's error code and message if it would answer with an
   *     error
   */
  public synchronized JsonNode call(String method, Object... params) {
    JsonNode args = MAPPER.valueToTree(params);
    return switch (method) {
      case "getbestblockhash" -> JSON.textNode(chain.tip().hash());
      case "uptime" -> JSON.numberNode(secondsNow() - startedAt);
      case "getblockcount" -> JSON.numberNode(chain.tip().height());
      case "getblockhash" -> blockHash(args.path(0).asInt());
      case "getblockheader" -> header(block(args.path(0).asText()));
      case "getblock" -> wholeBlock(block(args.path(0).asText()), args.path(1).asInt(1));
      case "getblockchaininfo" -> chainInfo();
      case "getchaintips" -> chainTips();
      case "getnetworkinfo" ->
          JSON.objectNode().put("version", 290000).put("subversion", "/simulation/");
      case "getzmqnotifications" -> JSON.arrayNode();
      case "getmempoolinfo" -> mempoolInfo();
      case "getrawmempool" -> rawMempool(args.path(0).asBoolean());
      case "getmempoolentry" -> mempoolEntry(args.path(0).asText());
      case "getrawtransaction" -> rawTransaction(args);
      case "gettxout" -> txOut(args);
      case "gettxspendingprevout" -> spendingPrevout(args.path(0));
      case "sendrawtransaction" -> send(args.path(0).asText());
      case "testmempoolaccept" -> testMempoolAccept(args.path(0));
      case "submitpackage" -> submitPackage(args.path(0));
      default -> throw new BitcoindRpcException(-32601, "Method not found");
    };
  }

  // The chain

  private JsonNode blockHash(int height) {
    if (height < 0 || height > chain.tip().height()) {
      throw new BitcoindRpcException(-8, "Block height out of range");
    }
    return JSON.textNode(chain.best().get(height).hash());
  }

  private SimulatedBlock block(String hash) {
    return chain.find(hash).orElseThrow(() -> new BitcoindRpcException(-5, "Block not found"));
  }

  private ObjectNode header(SimulatedBlock block) {
    boolean inChain = chain.isInBestChain(block);
    ObjectNode header =
        JSON.objectNode()
            .put("hash", block.hash())
            .put("confirmations", inChain ? chain.tip().height() - block.height() + 1 : -1)
            .put("height", block.height())
            .put("chainwork", chainWork(block.height()))
            .put("nTx", block.transactions().size());
    SimulatedBlock parent = block.parent();
    if (parent != null) {
      header.put("previousblockhash", parent.hash());
    }
    if (inChain && block.height() < chain.tip().height()) {
      header.put("nextblockhash", chain.best().get(block.height() + 1).hash());
    }
    return header;
  }

  /** Returns the work of the chain: two per block, as on regtest. */
  private static String chainWork(int height) {
    return "%064x".formatted(BigInteger.TWO.multiply(BigInteger.valueOf(height + 1L)));
  }

  private JsonNode wholeBlock(SimulatedBlock block, int verbosity) {
    if (verbosity == 0) {
      return JSON.textNode(HexFormat.of().formatHex(block.raw()));
    }
    ObjectNode whole = header(block);
    ArrayNode txids = whole.putArray("tx");
    block.transactions().forEach(transaction -> txids.add(hex(transaction.txid)));
    return whole;
  }

  private JsonNode chainInfo() {
    int height = chain.tip().height();
    return JSON.objectNode()
        .put("chain", "regtest")
        .put("blocks", height)
        .put("headers", height)
        .put("bestblockhash", chain.tip().hash())
        .put("chainwork", chainWork(height))
        .put("verificationprogress", 1)
        .put("initialblockdownload", false)
        .put("pruned", false);
  }

  private JsonNode chainTips() {
    ArrayNode tips = JSON.arrayNode();
    for (SimulatedBlock tip : chain.tips()) {
      boolean best = tip.equals(chain.tip());
      tips.addObject()
          .put("height", tip.height())
          .put("hash", tip.hash())
          .put("branchlen", tip.height() - chain.fork(tip).height())
          .put("status", best ? "active" : "valid-fork");
    }
    return tips;
  }

  // The mempool

  private JsonNode mempoolInfo() {
    return JSON.objectNode()
        .put("loaded", true)
        .put("size", chain.mempool().entries().size())
        .put("mempoolminfee", bitcoins(chain.mempool().minimum() * 1_000))
        .put("minrelaytxfee", new BigDecimal(RELAY_FEE));
  }

  private JsonNode rawMempool(boolean verbose) {
    if (verbose) {
      ObjectNode entries = JSON.objectNode();
      chain
          .mempool()
          .entries()
          .forEach(entry -> entries.set(hex(entry.transaction().txid), entryNode(entry)));
      return entries;
    }
    ArrayNode txids = JSON.arrayNode();
    chain.mempool().entries().forEach(entry -> txids.add(hex(entry.transaction().txid)));
    return txids;
  }

  private JsonNode mempoolEntry(String txid) {
    return chain
        .mempool()
        .find(id(txid))
        .map(this::entryNode)
        .orElseThrow(() -> new BitcoindRpcException(-5, "Transaction not in mempool"));
  }

  private JsonNode entryNode(Entry entry) {
    ObjectNode node =
        JSON.objectNode()
            .put("vsize", entry.size())
            .put("weight", entry.transaction().weight())
            .put("height", chain.tip().height())
            .put("wtxid", wtxid(entry.transaction()));
    node.putObject("fees")
        .put("base", bitcoins(entry.fee()))
        .put("modified", bitcoins(entry.fee()));
    ArrayNode depends = node.putArray("depends");
    entry.transaction().txIn.stream()
        .map(input -> input.outPoint.txid)
        .filter(parent -> chain.mempool().find(parent).isPresent())
        .distinct()
        .forEach(parent -> depends.add(hex(parent)));
    ArrayNode spentBy = node.putArray("spentby");
    chain.mempool().entries().stream()
        .map(Entry::transaction)
        .filter(child -> spends(child, entry.transaction()))
        .forEach(child -> spentBy.add(hex(child.txid)));
    return node;
  }

  private static boolean spends(Transaction child, Transaction parent) {
    return child.txIn.stream().anyMatch(input -> input.outPoint.txid.equals(parent.txid));
  }

  private JsonNode rawTransaction(JsonNode args) {
    TxId txid = id(args.path(0).asText());
    Transaction transaction;
    if (args.path(2).isTextual()) {
      transaction =
          block(args.path(2).asText()).transactions().stream()
              .filter(candidate -> candidate.txid.equals(txid))
              .findFirst()
              .orElseThrow(
                  () ->
                      new BitcoindRpcException(
                          -5, "No such transaction found in the provided block"));
    } else {
      transaction =
          chain
              .mempool()
              .find(txid)
              .orElseThrow(() -> new BitcoindRpcException(-5, "No such mempool transaction"))
              .transaction();
    }
    String raw = HexFormat.of().formatHex(Transaction.write(transaction));
    JsonNode verbose = args.path(1);
    return verbose.asBoolean() || verbose.asInt() > 0
        ? JSON.objectNode().put("txid", hex(txid)).put("hash", wtxid(transaction)).put("hex", raw)
        : JSON.textNode(raw);
  }

  private JsonNode txOut(JsonNode args) {
    OutPoint output = new OutPoint(id(args.path(0).asText()), args.path(1).asLong());
    boolean withMempool = args.path(2).asBoolean(true);
    ObjectNode node = JSON.objectNode().put("bestblock", chain.tip().hash());
    Optional<Entry> unconfirmed = chain.mempool().find(output.txid);
    if (withMempool && chain.mempool().spender(output).isPresent()) {
      return JSON.nullNode();
    }
    if (withMempool
        && unconfirmed.isPresent()
        && output.index < unconfirmed.get().transaction().txOut.size()) {
      long amount = unconfirmed.get().transaction().txOut.get((int) output.index).amount.toLong();
      return node.put("confirmations", 0).put("value", bitcoins(amount)).put("coinbase", false);
    }
    return chain
        .utxos()
        .find(output)
        .<JsonNode>map(
            utxo ->
                node.put("confirmations", chain.tip().height() - utxo.height() + 1)
                    .put("value", bitcoins(utxo.amount()))
                    .put("coinbase", utxo.coinbase()))
        .orElse(JSON.nullNode());
  }

  private JsonNode spendingPrevout(JsonNode outputs) {
    ArrayNode response = JSON.arrayNode();
    for (JsonNode output : outputs) {
      String txid = output.path("txid").asText();
      long index = output.path("vout").asLong();
      ObjectNode node = response.addObject().put("txid", txid).put("vout", index);
      chain
          .mempool()
          .spender(new OutPoint(id(txid), index))
          .ifPresent(entry -> node.put("spendingtxid", hex(entry.transaction().txid)));
    }
    return response;
  }

  private JsonNode send(String raw) {
    Transaction transaction = decode(raw);
    if (chain.utxos().hasOutputOf(transaction)) {
      throw new BitcoindRpcException(-27, "Transaction outputs already in utxo set");
    }
    if (chain.mempool().find(transaction.txid).isEmpty()) {
      Optional<Rejection> refusal = chain.mempool().add(transaction, chain.utxos());
      if (refusal.isPresent()) {
        throw new BitcoindRpcException(refusal.get().code(), refusal.get().reason());
      }
    }
    return JSON.textNode(hex(transaction.txid));
  }

  private JsonNode testMempoolAccept(JsonNode raws) {
    ArrayNode response = JSON.arrayNode();
    for (JsonNode raw : raws) {
      Transaction transaction = decode(raw.asText());
      Optional<Rejection> refusal = chain.mempool().check(transaction, chain.utxos());
      ObjectNode node =
          response
              .addObject()
              .put("txid", hex(transaction.txid))
              .put("wtxid", wtxid(transaction))
              .put("allowed", refusal.isEmpty());
      refusal.ifPresent(
          why ->
              node.put(
                  "reject-reason",
                  why.equals(SimulatedMempool.MISSING)
                      ? "missing-inputs"
                      : why.reason().split(", ", 2)[0]));
    }
    return response;
  }

  private JsonNode submitPackage(JsonNode raws) {
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
    SimulatedMempool.PackageResult taken = chain.mempool().addPackage(parent, child, chain.utxos());
    ObjectNode response = JSON.objectNode().put("package_msg", taken.message());
    ObjectNode results = response.putObject("tx-results");
    result(results, parent, taken.parent());
    result(results, child, taken.child());
    response.putArray("replaced-transactions");
    return response;
  }

  private static void result(
      ObjectNode results, Transaction transaction, Optional<Rejection> refusal) {
    ObjectNode node = results.putObject(wtxid(transaction)).put("txid", hex(transaction.txid));
    refusal.ifPresentOrElse(
        why -> node.put("error", why.reason()),
        () -> node.put("vsize", SimulatedMempool.sizeOf(transaction)));
  }

  // Values

  private static Transaction decode(String raw) {
    try {
      return Transaction.read(raw);
    } catch (RuntimeException e) {
      throw new BitcoindRpcException(
          -22, "TX decode failed. Make sure the tx has at least one input.");
    }
  }

  static String wtxid(Transaction transaction) {
    byte[] hash = Crypto.hash256(Transaction.write(transaction));
    return new ByteVector32(hash).reversed().toHex();
  }

  private static TxId id(String hex) {
    return new TxId(hex);
  }

  private static String hex(TxId txid) {
    return txid.value.toHex();
  }

  private static BigDecimal bitcoins(long satoshi) {
    return BigDecimal.valueOf(satoshi, 8);
  }
}
