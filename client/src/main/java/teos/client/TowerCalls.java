package teos.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalLong;
import teos.client.evidence.SignedAppointment;
import teos.client.json.JsonText;
import teos.client.wire.Http;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.UnreachableException;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.SignedTexts;

/** The requests of the API, as both dialects have them. */
record TowerCalls(Http http) {

  static final String GET_APPOINTMENT = "/get_appointment";

  /** One field and no more: rust-teos takes 87 bytes at most. */
  Response register(TowerAddress at, Dialect dialect, PublicKey user) throws UnreachableException {
    String field =
        switch (dialect) {
          case V1 -> "public_key";
          case V2 -> "user_id";
        };
    return http.post(at, "/register", JsonText.newObject().put(field, user.toHex()));
  }

  Response add(TowerAddress at, SignedAppointment sent) throws UnreachableException {
    ObjectNode body = JsonText.newObject();
    body.set("appointment", SignedAppointment.json(sent.appointment()));
    return http.post(at, "/add_appointment", body.put("signature", sent.signature()));
  }

  Response get(TowerAddress at, Locator locator, SecretKey user) throws UnreachableException {
    return http.post(
        at,
        GET_APPOINTMENT,
        JsonText.newObject()
            .put("locator", locator.toHex())
            .put("signature", MessageSignature.sign(SignedTexts.getAppointment(locator), user)));
  }

  /**
   * @param startBlock of the version that is deleted, as its receipt has it; empty without a
   *     receipt
   */
  Response delete(TowerAddress at, Locator locator, OptionalLong startBlock, SecretKey user)
      throws UnreachableException {
    ObjectNode body = JsonText.newObject().put("locator", locator.toHex());
    startBlock.ifPresent(height -> body.put("start_block", height));
    byte[] text =
        startBlock.isPresent()
            ? SignedTexts.deleteAppointment(locator, startBlock.getAsLong())
            : SignedTexts.deleteAppointment(locator);
    return http.post(
        at, "/delete_appointment", body.put("signature", MessageSignature.sign(text, user)));
  }

  Response subscription(TowerAddress at, SecretKey user) throws UnreachableException {
    return http.post(
        at,
        "/get_subscription_info",
        JsonText.newObject()
            .put("signature", MessageSignature.sign(SignedTexts.getSubscriptionInfo(), user)));
  }

  Response ping(TowerAddress at) throws UnreachableException {
    return http.get(at, "/ping");
  }
}
