package teos.cln.hook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.protocol.Txid;

/**
 * State that the channel peer has revoked, as the hook tells it.
 *
 * @param commitment txid of the revoked commitment
 * @param penalty raw signed transaction that spends from it
 * @param channel id of the channel, for the log; empty if lightningd does not tell it
 * @param number number of the commitment, for the log
 */
record Revocation(Txid commitment, byte[] penalty, String channel, String number) {

  /**
   * Reads the parameters of the hook.
   *
   * @throws MalformedException if one is missing or has another form
   */
  static Revocation parse(JsonNode params) throws MalformedException {
    if (!(params instanceof ObjectNode object)) {
      throw new MalformedException("an object is expected as parameters");
    }
    JsonFields fields = new JsonFields(object);
    return new Revocation(
        fields.parsed("commitment_txid", "64 hex digits", Txid::fromDisplayHex),
        fields.parsed("penalty_tx", "a transaction in hex", Revocation::transaction),
        object.path("channel_id").asText(),
        object.path("commitnum").asText());
  }

  private static byte[] transaction(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    if (bytes.length == 0) {
      throw new IllegalArgumentException("empty");
    }
    return bytes;
  }

  /** Returns the values that identify the state in the log. */
  @Override
  public String toString() {
    return "channel=" + channel + " commitnum=" + number + " commitment_txid=" + commitment;
  }
}
