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

/** Requests of the towers' public API, in both dialects. */
record TowerCalls(Http http) {

  /** Sends a single field, as rust-teos limits this request to 87 bytes. */
  Response register(TowerAddress address, Dialect dialect, PublicKey user)
      throws UnreachableException {
    String field =
        switch (dialect) {
          case V1 -> "public_key";
          case V2 -> "user_id";
        };
    return http.post(address, "/register", JsonText.newObject().put(field, user.toHex()));
  }

  Response add(TowerAddress address, SignedAppointment appointment) throws UnreachableException {
    ObjectNode body = JsonText.newObject();
    body.set("appointment", SignedAppointment.json(appointment.appointment()));
    return http.post(address, "/add_appointment", body.put("signature", appointment.signature()));
  }

  Response get(TowerAddress address, Locator locator, SecretKey user) throws UnreachableException {
    return http.post(
        address,
        "/get_appointment",
        JsonText.newObject()
            .put("locator", locator.toHex())
            .put("signature", MessageSignature.sign(SignedTexts.getAppointment(locator), user)));
  }

  /**
   * @param startBlock start block in the receipt of the version to delete; empty without a receipt
   */
  Response delete(TowerAddress address, Locator locator, OptionalLong startBlock, SecretKey user)
      throws UnreachableException {
    ObjectNode body = JsonText.newObject().put("locator", locator.toHex());
    startBlock.ifPresent(height -> body.put("start_block", height));
    byte[] text =
        startBlock.isPresent()
            ? SignedTexts.deleteAppointment(locator, startBlock.getAsLong())
            : SignedTexts.deleteAppointment(locator);
    return http.post(
        address, "/delete_appointment", body.put("signature", MessageSignature.sign(text, user)));
  }

  Response subscription(TowerAddress address, SecretKey user) throws UnreachableException {
    return http.post(
        address,
        "/get_subscription_info",
        JsonText.newObject()
            .put("signature", MessageSignature.sign(SignedTexts.getSubscriptionInfo(), user)));
  }

  Response ping(TowerAddress address) throws UnreachableException {
    return http.get(address, "/ping");
  }
}
