package teos.teosd.rpc;

/** What the log says, which can be changed while the tower runs. */
public interface LogLevels {

  /**
   * Changes what is logged of a part, until the program ends.
   *
   * @param logger a package or a class, such as {@code teos.tower.watcher}; {@code ROOT} for all
   * @param level trace, debug, info, warn, error or off; default to go by the one above it
   * @return what is so now
   * @throws IllegalArgumentException if it is none of these; says so
   */
  String set(String logger, String level);
}
