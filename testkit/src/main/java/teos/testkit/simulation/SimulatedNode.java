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
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import teos.testkit.BitcoindRpcException;
import teos.testkit.simulation.SimulatedMempool.Entry;

/**
 * In-memory bitcoind on regtest: answers the RPC calls that a tower makes as bitcoind does ({@code
 * SimulatedNodeTest} compares both). It does not check scripts, signatures and lock times.
 * Deterministic: nothing happens without a call.
 */
public final class SimulatedNode {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long SECONDS_BETWEEN_STARTS = 10_000;

  private final SimulatedChain chain = new SimulatedChain();
  private final MempoolCalls mempool = new MempoolCalls(chain);
  private final FeeEstimates estimates = new FeeEstimates();

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
   * Sets the answers to {@code estimatesmartfee}.
   *
   * @param perThousand satoshi per 1,000 virtual bytes for each number of blocks; empty for no
   *     estimates, as on a new node
   */
  public synchronized void setEstimates(Map<Integer, Long> perThousand) {
    estimates.set(perThousand);
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
      case "getmempoolinfo" -> mempool.info();
      case "getrawmempool" -> mempool.all(args.path(0).asBoolean());
      case "getmempoolentry" -> mempool.entry(args.path(0).asText());
      case "estimatesmartfee" -> estimates.answer(args.path(0).asInt(), chain.mempool().minimum());
      case "getrawtransaction" -> rawTransaction(args);
      case "gettxout" -> txOut(args);
      case "gettxspendingprevout" -> mempool.spendingPrevout(args.path(0));
      case "sendrawtransaction" ->
          mempool.send(args.path(0).asText(), args.path(1).isMissingNode());
      case "testmempoolaccept" -> mempool.test(args.path(0));
      case "submitpackage" -> mempool.submitPackage(args.path(0));
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

  // Transactions

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
      return node.put("confirmations", 0)
          .put("value", FeeRate.bitcoins(amount))
          .put("coinbase", false);
    }
    return chain
        .utxos()
        .find(output)
        .<JsonNode>map(
            utxo ->
                node.put("confirmations", chain.tip().height() - utxo.height() + 1)
                    .put("value", FeeRate.bitcoins(utxo.amount()))
                    .put("coinbase", utxo.coinbase()))
        .orElse(JSON.nullNode());
  }

  // Values

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
}
