package teos.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * In-memory chain that answers bitcoind's RPC. For states that a real bitcoind cannot be brought
 * into at a given moment, such as a reorg between two calls. Its blocks are valid as far as {@link
 * BlockReader} parses them.
 */
final class FakeChain implements BitcoindRpc {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, byte[]> raw = new HashMap<>();
  private final Map<String, Integer> heights = new HashMap<>();
  private final List<String> best = new ArrayList<>();
  private final Map<String, BitcoindException> failures = new HashMap<>();
  private final Map<String, Runnable> before = new HashMap<>();
  private String invalidTip = "";
  private int fetched;
  int headers;
  boolean initialDownload;
  int padding;

  FakeChain() {
    add("genesis");
  }

  synchronized String genesis() {
    return best.getFirst();
  }

  synchronized BlockId tip() {
    return new BlockId(best.getLast(), best.size() - 1);
  }

  synchronized List<BlockId> blocks() {
    List<BlockId> ids = new ArrayList<>();
    for (String hash : best) {
      ids.add(new BlockId(hash, ids.size()));
    }
    return ids;
  }

  /** Adds blocks whose hashes differ from those of every branch other than {@code branch}. */
  synchronized void mine(int count, String branch) {
    for (int i = 0; i < count; i++) {
      add(branch + best.size());
    }
  }

  private void add(String seed) {
    byte[] block = new byte[80 + 1 + 61 + padding];
    if (!best.isEmpty()) {
      byte[] previous = HexFormat.of().parseHex(best.getLast());
      for (int i = 0; i < 32; i++) {
        block[4 + i] = previous[31 - i];
      }
    }
    byte[] root = sha256(seed.getBytes(StandardCharsets.UTF_8));
    System.arraycopy(root, 0, block, 36, 32);
    block[80] = 1;
    // One transaction: version, one input with an empty script, one output whose script is padding.
    int at = 81;
    block[at] = 2;
    block[at + 4] = 1;
    System.arraycopy(root, 0, block, at + 5, 32);
    at += 4 + 1 + 36 + 1 + 4;
    block[at++] = 1;
    at += 8;
    if (padding == 0) {
      block[at] = 0;
    } else {
      // Its CompactSize takes 5 bytes, of which 4 are part of the padding.
      int script = padding - 4;
      block[at] = (byte) 0xfe;
      for (int i = 0; i < 4; i++) {
        block[at + 1 + i] = (byte) (script >>> (8 * i));
      }
    }
    byte[] complete = Arrays.copyOf(block, 81 + 46 + 1 + 8 + 1 + padding + 4);
    byte[] header = Arrays.copyOf(complete, 80);
    byte[] hash = sha256(sha256(header));
    StringBuilder hex = new StringBuilder();
    for (int i = 31; i >= 0; i--) {
      hex.append(HexFormat.of().toHexDigits(hash[i]));
    }
    raw.put(hex.toString(), complete);
    heights.put(hex.toString(), best.size());
    best.add(hex.toString());
    headers = Math.max(headers, best.size() - 1);
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Disconnects blocks from the best chain; they remain known. */
  synchronized void drop(int count) {
    for (int i = 0; i < count; i++) {
      best.removeLast();
    }
    headers = best.size() - 1;
  }

  /** Disconnects blocks as {@code invalidateblock} does. */
  synchronized void invalidate(int count) {
    invalidTip = best.getLast();
    drop(count);
  }

  /** Forgets all blocks except those of the best chain. */
  synchronized void forgetOthers() {
    heights.keySet().retainAll(best);
    raw.keySet().retainAll(best);
  }

  /** Makes all calls of {@code method} fail, until {@link #succeed}. */
  synchronized void fail(String method, BitcoindException failure) {
    failures.put(method, failure);
  }

  synchronized void succeed(String method) {
    failures.remove(method);
  }

  /** Runs {@code action} before the next call of {@code method}. */
  synchronized void before(String method, Runnable action) {
    before.put(method, action);
  }

  /** Returns the number of blocks fetched so far. */
  synchronized int fetched() {
    return fetched;
  }

  @Override
  public String endpoint() {
    return "a fake chain";
  }

  @Override
  public synchronized JsonNode call(String method, Object... params) throws BitcoindException {
    prepare(method);
    return switch (method) {
      case "getblockchaininfo" -> info();
      case "getblockhash" -> {
        int height = (int) params[0];
        if (height >= best.size()) {
          throw new BitcoindException.Refused(-8, "Block height out of range");
        }
        yield JSON.getNodeFactory().textNode(best.get(height));
      }
      case "getblockheader" -> header((String) params[0]);
      case "getchaintips" -> tips();
      default -> throw new IllegalArgumentException(method);
    };
  }

  private void prepare(String method) throws BitcoindException {
    Runnable action = before.remove(method);
    if (action != null) {
      action.run();
    }
    BitcoindException failure = failures.get(method);
    if (failure != null) {
      throw failure;
    }
  }

  private ObjectNode info() {
    return JSON.createObjectNode()
        .put("chain", "regtest")
        .put("blocks", best.size() - 1)
        .put("headers", headers)
        .put("bestblockhash", best.getLast())
        .put("initialblockdownload", initialDownload)
        .put("pruned", true)
        .put("pruneheight", 5);
  }

  private ObjectNode header(String hash) throws BitcoindException {
    byte[] block = raw.get(hash);
    if (block == null) {
      throw new BitcoindException.Refused(-5, "Block not found");
    }
    byte[] previous = new byte[32];
    for (int i = 0; i < 32; i++) {
      previous[i] = block[4 + 31 - i];
    }
    return JSON.createObjectNode()
        .put("height", heights.get(hash))
        .put("previousblockhash", HexFormat.of().formatHex(previous));
  }

  private ArrayNode tips() {
    ArrayNode tips = JSON.createArrayNode();
    tips.addObject()
        .put("height", best.size() - 1)
        .put("hash", best.getLast())
        .put("branchlen", 0)
        .put("status", "active");
    if (headers >= best.size()) {
      tips.addObject()
          .put("height", headers)
          .put("hash", "00")
          .put("branchlen", headers - best.size() + 1)
          .put("status", "headers-only");
    }
    if (!invalidTip.isEmpty()) {
      int height = Objects.requireNonNull(heights.get(invalidTip));
      tips.addObject()
          .put("height", height)
          .put("hash", invalidTip)
          .put("branchlen", height - best.size() + 1)
          .put("status", "invalid");
    }
    return tips;
  }

  @Override
  public synchronized byte[] callForBytes(String method, Object... params)
      throws BitcoindException {
    prepare(method);
    byte[] block = raw.get((String) params[0]);
    if (block == null) {
      throw new BitcoindException.Refused(-5, "Block not found");
    }
    fetched++;
    return block.clone();
  }
}
