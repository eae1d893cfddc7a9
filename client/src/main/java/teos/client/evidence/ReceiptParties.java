package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/**
 * The parties of a receipt or a registration.
 *
 * @param tower the tower's id
 * @param user the user's id
 * @param dialect form of the messages that the tower signs for this user
 */
public record ReceiptParties(PublicKey tower, PublicKey user, Dialect dialect) {

  /** Writes {@code tower_id}, {@code user_id}, {@code dialect}. */
  public void writeTo(ObjectNode json) {
    json.put("tower_id", tower.toHex())
        .put("user_id", user.toHex())
        .put("dialect", DialectText.of(dialect));
  }

  /** Reads {@code tower_id}, {@code user_id}, {@code dialect}. */
  public static ReceiptParties readFrom(JsonFields json) throws MalformedException {
    return new ReceiptParties(
        json.parsed("tower_id", "a compressed public key in hex", PublicKey::fromHex),
        json.parsed("user_id", "a compressed public key in hex", PublicKey::fromHex),
        json.parsed("dialect", "v1 or v2", DialectText::parse));
  }
}
