package teos.config;

import java.nio.file.Path;
import teos.protocol.HostPort;

/**
 * What an operator's program has to know of a tower.
 *
 * @param rpc where its RPC is
 * @param folder the network's own folder within the data folder
 * @param log its log
 */
public record OperatorSettings(HostPort rpc, Path folder, Path log) {}
