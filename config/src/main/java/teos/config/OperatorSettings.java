package teos.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import teos.protocol.HostPort;

/**
 * What an operator's program has to know of a tower.
 *
 * @param rpc where its RPC is
 * @param folder the network's own folder within the data folder
 * @param log its log
 * @param closed its configuration, if this user may not read that; the rest is without it then
 * @param warnings keys of the configuration that are no settings
 */
public record OperatorSettings(
    HostPort rpc, Path folder, Path log, Optional<Path> closed, List<String> warnings) {
  public OperatorSettings {
    warnings = List.copyOf(warnings);
  }
}
