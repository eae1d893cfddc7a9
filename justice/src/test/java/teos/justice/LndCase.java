package teos.justice;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HexFormat;
import java.util.Optional;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * Test case from lnd: a blob, and the justice transaction that lnd's tower builds from it (empty if
 * it rejects the blob). One line of the output of interop/lnd/oracle.
 */
record LndCase(
    JusticePolicy policy,
    byte[] rewardScript,
    byte[] commitment,
    Txid txid,
    Locator hint,
    byte[] blob,
    Optional<byte[]> justice) {

  private static final ObjectMapper JSON = new ObjectMapper();

  static LndCase of(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      String justice = node.get("justice").asText();
      return new LndCase(
          new JusticePolicy(
              new BlobType(node.get("type").asInt()),
              node.get("reward_base").asLong(),
              node.get("reward_rate").asLong(),
              node.get("sweep_fee_rate").asLong()),
          bytes(node, "reward_script"),
          bytes(node, "commitment"),
          Txid.ofInternal(bytes(node, "txid")),
          new Locator(bytes(node, "hint")),
          bytes(node, "blob"),
          justice.isEmpty() ? Optional.empty() : Optional.of(HexFormat.of().parseHex(justice)));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(line, e);
    }
  }

  private static byte[] bytes(JsonNode node, String field) {
    return HexFormat.of().parseHex(node.get(field).asText());
  }
}
