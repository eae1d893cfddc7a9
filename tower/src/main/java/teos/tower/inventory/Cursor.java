package teos.tower.inventory;

import java.nio.ByteBuffer;
import java.util.Arrays;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.store.AppointmentKey;

/**
 * How far a walk through all appointments has come. Holds nothing that the tower would have to
 * remember: as bytes, it is the page token of the operator's RPC.
 *
 * @param part which part of the walk
 * @param key the last entry seen there
 */
public record Cursor(Part part, AppointmentKey key) {

  /** {@code part (1) || locator (16) || user_id (33)}. */
  private static final int LENGTH = 1 + Locator.LENGTH + PublicKey.LENGTH;

  /** A walk's parts, in their order: what moves from the first to the second is not missed. */
  public enum Part {
    WATCHED(0),
    RESPONDED(1);

    private final int code;

    Part(int code) {
      this.code = code;
    }
  }

  public byte[] toBytes() {
    return ByteBuffer.allocate(LENGTH)
        .put((byte) part.code)
        .put(key.locator().bytes())
        .put(key.user().bytes())
        .array();
  }

  /**
   * Reads what {@link #toBytes} gives.
   *
   * @throws IllegalArgumentException if {@code bytes} is not what {@link #toBytes} gives
   */
  public static Cursor of(byte[] bytes) {
    Part part =
        Arrays.stream(Part.values())
            .filter(each -> bytes.length == LENGTH && bytes[0] == each.code)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("not a page token of this tower's"));
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, LENGTH - 1);
    byte[] locator = new byte[Locator.LENGTH];
    byte[] user = new byte[PublicKey.LENGTH];
    in.get(locator).get(user);
    return new Cursor(part, new AppointmentKey(new Locator(locator), PublicKey.ofTrusted(user)));
  }
}
