package teos.protocol;

import java.nio.charset.StandardCharsets;

/** The fixed texts by whose signature a user shows who asks. The same in both dialects. */
public final class SignedTexts {

  private SignedTexts() {}

  /** Signed to read an appointment: {@code get appointment <locator, lower-case hex>}. */
  public static byte[] getAppointment(Locator locator) {
    return ("get appointment " + locator.toHex()).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Signed to have an appointment deleted: {@code delete appointment <locator, lower-case hex>}. BOLT
   * 13 leaves the form open, and no other tower has this; it is made like the others.
   */
  public static byte[] deleteAppointment(Locator locator) {
    return ("delete appointment " + locator.toHex()).getBytes(StandardCharsets.US_ASCII);
  }

  /** Signed to read one's subscription. */
  public static byte[] getSubscriptionInfo() {
    return "get subscription info".getBytes(StandardCharsets.US_ASCII);
  }
}
