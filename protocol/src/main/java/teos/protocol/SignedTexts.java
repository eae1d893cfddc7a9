package teos.protocol;

import java.nio.charset.StandardCharsets;

/** Messages that users sign to authenticate requests; ASCII, the same in both dialects. */
public final class SignedTexts {

  private SignedTexts() {}

  /** Returns the message for get_appointment: {@code get appointment <locator, lower-case hex>}. */
  public static byte[] getAppointment(Locator locator) {
    return ("get appointment " + locator.toHex()).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Returns the message for deleting any version of an appointment: {@code delete appointment
   * <locator, lower-case hex>}. BOLT 13 does not define it, and no other tower has this call; the
   * form follows get_appointment. A recorded request can be replayed against later versions; {@link
   * #deleteAppointment(Locator, long)} prevents that.
   */
  public static byte[] deleteAppointment(Locator locator) {
    return ("delete appointment " + locator.toHex()).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Returns the message for deleting one version of an appointment: {@code delete appointment
   * <locator, lower-case hex> <startBlock, decimal>}.
   *
   * @param startBlock height in the receipt of that version
   */
  public static byte[] deleteAppointment(Locator locator, long startBlock) {
    return ("delete appointment " + locator.toHex() + " " + startBlock)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the message for get_subscription_info: {@code get subscription info}. */
  public static byte[] getSubscriptionInfo() {
    return "get subscription info".getBytes(StandardCharsets.US_ASCII);
  }
}
