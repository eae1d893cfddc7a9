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
 * Explains why a tower refuses an appointment. Both reference towers use one text for two reasons,
 * "Invalid signature or user does not have enough slots available", so the client asks about the
 * subscription to find out whether the tower knows the user and how many slots are left.
 */
record SubscriptionErrorExplainer(
    TowerFolder folder, TowerCalls calls, TowerAddress address, SecretKey user) {

  /**
   * Returns the reason for the user, followed by the tower's text.
   *
   * @param slotsRequested slots that the appointment needs in addition to those it has
   */
  String explain(TowerError error, int slotsRequested) throws IOException {
    return isAmbiguous(error)
        ? askTower(slotsRequested)
            .map(reason -> reason + "; the tower says: " + error)
            .orElse(error.toString())
        : error.toString();
  }

  private static boolean isAmbiguous(TowerError error) {
    String text = error.text().toLowerCase(Locale.ROOT);
    return text.contains("signature") && text.contains("slots");
  }

  private Optional<String> askTower(int slotsRequested) throws IOException {
    try {
      Response info = calls.subscription(address, user);
      if (info.recorded().status() == 200) {
        JsonNode free = info.successBody().path("available_slots");
        return free.isIntegralNumber()
            ? Optional.of(explainForKnownUser(slotsRequested, free.longValue()))
            : Optional.empty();
      }
      return ResponseReader.deniesUser(info.recorded())
          ? Optional.of(
              "the tower has no subscription of yours, or it has ended (" + info.error() + ")")
          : explainFromLastKnownSlots(slotsRequested);
    } catch (UnreachableException | TowerErrorException e) {
      return explainFromLastKnownSlots(slotsRequested);
    }
  }

  private static String explainForKnownUser(int slotsRequested, long free) {
    return slotsRequested > free
        ? notEnough(slotsRequested) + free + " are left"
        : "the tower refuses the signature of this appointment, although your subscription has "
            + free
            + " slots left";
  }

  /** Explains an error of python-teos 0.1.1, which cannot be asked about subscriptions. */
  private Optional<String> explainFromLastKnownSlots(int slotsRequested) throws IOException {
    return folder
        .tower()
        .map(KnownTower::availableSlots)
        .filter(free -> slotsRequested > free)
        .map(free -> notEnough(slotsRequested) + free + " were left at the tower's last report");
  }

  private static String notEnough(int slotsRequested) {
    return "not enough slots: the appointment needs "
        + (slotsRequested == 1 ? "1 more" : slotsRequested + " more")
        + ", and ";
  }
}
