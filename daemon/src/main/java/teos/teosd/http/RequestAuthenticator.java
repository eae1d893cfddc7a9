package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalLong;
import teos.protocol.Locator;
import teos.protocol.SignedTexts;
import teos.teosd.api.InternalApi;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.store.UserRecord;

/**
 * Who sent a request: looked up before the request is inspected, because how it is to be inspected
 * depends on who sent it. A request out of which no signer can be read has none.
 */
final class RequestAuthenticator {

  private final InternalApi tower;

  RequestAuthenticator(InternalApi tower) {
    this.tower = tower;
  }

  Optional<Signer> of(SignedAppointment signed) {
    return tower.signer(signed.appointment().signedBytes(), signed.signature());
  }

  Optional<UserRecord> ofGetAppointment(JsonNode request) {
    try {
      return signer(SignedTexts.getAppointment(locator(request)), request);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  Optional<UserRecord> ofDeleteAppointment(JsonNode request) {
    try {
      OptionalLong startBlock = startBlock(request);
      Locator locator = locator(request);
      return signer(
          startBlock.isPresent()
              ? SignedTexts.deleteAppointment(locator, startBlock.getAsLong())
              : SignedTexts.deleteAppointment(locator),
          request);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  Optional<UserRecord> ofGetSubscriptionInfo(JsonNode request) {
    return signer(SignedTexts.getSubscriptionInfo(), request);
  }

  /** The version to delete, if the request names one. */
  static OptionalLong startBlock(JsonNode request) {
    JsonNode startBlock = request.path("start_block");
    return startBlock.isIntegralNumber() && startBlock.canConvertToLong()
        ? OptionalLong.of(startBlock.longValue())
        : OptionalLong.empty();
  }

  private static Locator locator(JsonNode parent) {
    return Locator.fromHex(parent.path("locator").asText());
  }

  private Optional<UserRecord> signer(byte[] message, JsonNode request) {
    return signature(request).flatMap(signature -> tower.authenticate(message, signature));
  }

  private static Optional<String> signature(JsonNode request) {
    JsonNode signature = request.path("signature");
    return signature.isTextual() ? Optional.of(signature.textValue()) : Optional.empty();
  }
}
