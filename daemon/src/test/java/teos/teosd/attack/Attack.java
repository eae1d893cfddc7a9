package teos.teosd.attack;

import java.io.IOException;
import java.util.List;

/**
 * One attack on a tower. It may keep threads, connections and appointments between {@link #begin}
 * and {@link #close}; an {@link IOException} of its own (refused, cut off, tower restarting) is no
 * reason for it to end.
 */
public interface Attack extends AutoCloseable {

  /**
   * Returns when the attack is at its height: its appointments are stored, its connections open,
   * its senders running.
   */
  void begin() throws Exception;

  /**
   * Returns raw transactions (hex) of the attacker, to be mined in front of a victim's dispute;
   * each call returns new ones, or none if the attack needs none or has no more.
   */
  default List<String> nextDisputes() throws Exception {
    return List.of();
  }

  @Override
  void close() throws IOException;
}
