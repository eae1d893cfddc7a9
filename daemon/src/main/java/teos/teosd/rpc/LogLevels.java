package teos.teosd.rpc;

/** Log levels, which can be changed while the tower runs. */
public interface LogLevels {

  /**
   * Changes the level of a logger until the program ends.
   *
   * @param logger a package or a class, such as {@code teos.tower.watcher}; {@code ROOT} for all
   * @param level trace, debug, info, warn, error or off; default to inherit the parent's level
   * @return the level that applies now
   * @throws IllegalArgumentException if the logger or the level is unknown; the message says which
   */
  String set(String logger, String level);
}
