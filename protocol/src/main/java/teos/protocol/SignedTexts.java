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
   * Signed to have any version of an appointment deleted: {@code delete appointment <locator,
   * lower-case hex>}. BOLT 13 leaves the form open, and no other tower has this; it is made like
   * the others. Whoever has recorded it can send it again: see the other form.
   */
  public static byte[] deleteAppointment(Locator locator) {
    return ("delete appointment " + locator.toHex()).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Signed to have one version of an appointment deleted: the same text, a space, and the start
   * block of the version's receipt in decimal.
   */
  public static byte[] deleteAppointment(Locator locator, long startBlock) {
    return ("delete appointment " + locator.toHex() + " " + startBlock)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Signed to read one's subscription. */
  public static byte[] getSubscriptionInfo() {
    return "get subscription info".getBytes(StandardCharsets.US_ASCII);
  }
}
