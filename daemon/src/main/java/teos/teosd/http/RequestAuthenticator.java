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
 * Finds the registered user who signed a request. It runs before the request is inspected, because
 * the user's dialect decides how to inspect it. A request from which no signature can be read has
 * no user.
 */
final class RequestAuthenticator {

  private final InternalApi tower;

  RequestAuthenticator(InternalApi tower) {
    this.tower = tower;
  }

  Optional<Signer> signerOf(SignedAppointment signed) {
    return tower.signer(signed.appointment().signedBytes(), signed.signature());
  }

  Optional<UserRecord> userOfGetAppointment(JsonNode request) {
    try {
      return user(SignedTexts.getAppointment(locator(request)), request);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  Optional<UserRecord> userOfDeleteAppointment(JsonNode request) {
    try {
      OptionalLong startBlock = startBlock(request);
      Locator locator = locator(request);
      return user(
          startBlock.isPresent()
              ? SignedTexts.deleteAppointment(locator, startBlock.getAsLong())
              : SignedTexts.deleteAppointment(locator),
          request);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  Optional<UserRecord> userOfGetSubscriptionInfo(JsonNode request) {
    return user(SignedTexts.getSubscriptionInfo(), request);
  }

  /** Returns the start block of the version to delete, if the request names one. */
  static OptionalLong startBlock(JsonNode request) {
    JsonNode startBlock = request.path("start_block");
    return startBlock.isIntegralNumber() && startBlock.canConvertToLong()
        ? OptionalLong.of(startBlock.longValue())
        : OptionalLong.empty();
  }

  private static Locator locator(JsonNode request) {
    return Locator.fromHex(request.path("locator").asText());
  }

  private Optional<UserRecord> user(byte[] message, JsonNode request) {
    JsonNode signature = request.path("signature");
    return signature.isTextual()
        ? tower.authenticate(message, signature.textValue())
        : Optional.empty();
  }
}
