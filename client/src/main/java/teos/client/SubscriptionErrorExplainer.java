package teos.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import teos.client.evidence.ResponseReader;
import teos.client.store.KnownTower;
import teos.client.store.TowerFolder;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerError;
import teos.client.wire.TowerErrorException;
import teos.client.wire.UnreachableException;
import teos.protocol.SecretKey;

/**
 * Finds out why a tower refuses an appointment. Towers of both references have one text for two
 * reasons, "Invalid signature or user does not have enough slots available"; whether they know the
 * user, and how many slots there are, they say when they are asked about the subscription.
 */
record SubscriptionErrorExplainer(
    TowerFolder folder, TowerCalls calls, TowerAddress address, SecretKey user) {

  /**
   * Returns the reason, for the user, with the tower's words behind it.
   *
   * @param slots how many more the appointment takes
   */
  String explain(TowerError refusal, int slots) throws IOException {
    return isAmbiguous(refusal)
        ? askTower(slots)
            .map(reason -> reason + "; the tower says: " + refusal)
            .orElse(refusal.toString())
        : refusal.toString();
  }

  private static boolean isAmbiguous(TowerError refusal) {
    String text = refusal.text().toLowerCase(Locale.ROOT);
    return text.contains("signature") && text.contains("slots");
  }

  private Optional<String> askTower(int slots) throws IOException {
    try {
      Response info = calls.subscription(address, user);
      if (info.recorded().status() == 200) {
        JsonNode free = info.successBody().path("available_slots");
        return free.isIntegralNumber()
            ? Optional.of(explainForKnownUser(slots, free.longValue()))
            : Optional.empty();
      }
      return ResponseReader.deniesUser(info.recorded())
          ? Optional.of(
              "the tower knows no subscription of yours, or it has ended (" + info.error() + ")")
          : explainFromLastKnownSlots(slots);
    } catch (UnreachableException | TowerErrorException e) {
      return explainFromLastKnownSlots(slots);
    }
  }

  private static String explainForKnownUser(int slots, long free) {
    return slots > free
        ? notEnough(slots) + free + " are left"
        : "the tower does not take the signature of this appointment, though it knows you, and "
            + free
            + " slots are left";
  }

  /** python-teos 0.1.1 cannot be asked. */
  private Optional<String> explainFromLastKnownSlots(int slots) throws IOException {
    return folder
        .tower()
        .map(KnownTower::availableSlots)
        .filter(free -> slots > free)
        .map(free -> notEnough(slots) + free + " were left when the tower last said");
  }

  private static String notEnough(int slots) {
    return "not enough slots: the appointment takes "
        + (slots == 1 ? "one" : slots + " more")
        + ", and ";
  }
}
