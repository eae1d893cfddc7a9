package teos.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import teos.protocol.HostPort;

/**
 * Settings with which an operator's program finds a tower.
 *
 * @param rpc address of the tower's RPC
 * @param folder the network's folder within the data folder
 * @param log the tower's log file
 * @param unreadableConfig the configuration file if this user may not read it; the other settings
 *     are then taken without it
 * @param warnings one for each unknown key in the configuration file
 */
public record OperatorSettings(
    HostPort rpc, Path folder, Path log, Optional<Path> unreadableConfig, List<String> warnings) {
  public OperatorSettings {
    warnings = List.copyOf(warnings);
  }
}
