package teos.teosd.attack;

import java.io.IOException;
import java.util.List;

/**
 * One attack on a tower. It may use threads, connections and appointments between {@link #begin}
 * and {@link #close}; it continues after an {@link IOException} (refused, reset, tower restarting).
 */
public interface Attack extends AutoCloseable {

  /**
   * Starts the attack and returns at full load: its appointments are stored, its connections open,
   * its senders running.
   */
  void begin() throws Exception;

  /**
   * Returns new raw transactions (hex) of the attacker, to be mined before a victim's dispute in
   * the same block; none if the attack needs none or has no more.
   */
  default List<String> nextDisputes() throws Exception {
    return List.of();
  }

  @Override
  void close() throws IOException;
}
