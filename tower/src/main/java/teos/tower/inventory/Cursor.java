package teos.tower.inventory;

import java.nio.ByteBuffer;
import java.util.Arrays;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.store.AppointmentKey;

/**
 * Position in a walk through all appointments. The tower keeps no state for it: its bytes are the
 * page token of the operator's RPC.
 *
 * @param section section of the walk
 * @param key last entry seen there
 */
public record Cursor(Section section, AppointmentKey key) {

  /** Length of {@code section (1) || locator (16) || user_id (33)}. */
  private static final int LENGTH = 1 + Locator.LENGTH + PublicKey.LENGTH;

  /**
   * Sections of a walk in their order: an appointment that moves from the first to the second is
   * not missed.
   */
  public enum Section {
    WATCHED(0),
    RESPONDED(1);

    private final int code;

    Section(int code) {
      this.code = code;
    }
  }

  public byte[] toBytes() {
    return ByteBuffer.allocate(LENGTH)
        .put((byte) section.code)
        .put(key.locator().bytes())
        .put(key.user().bytes())
        .array();
  }

  /**
   * Parses the bytes of {@link #toBytes}.
   *
   * @throws IllegalArgumentException if {@code bytes} are not a cursor
   */
  public static Cursor parse(byte[] bytes) {
    Section section =
        Arrays.stream(Section.values())
            .filter(each -> bytes.length == LENGTH && bytes[0] == each.code)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("not a page token of this tower"));
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, LENGTH - 1);
    byte[] locator = new byte[Locator.LENGTH];
    byte[] user = new byte[PublicKey.LENGTH];
    in.get(locator).get(user);
    return new Cursor(section, new AppointmentKey(new Locator(locator), PublicKey.ofTrusted(user)));
  }
}
