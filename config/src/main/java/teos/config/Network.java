package teos.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A Bitcoin network that the tower can watch. */
public enum Network {
  MAINNET(
      List.of("mainnet", "main"),
      8332,
      "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
      "",
      ""),
  TESTNET(
      List.of("testnet", "test"),
      18332,
      "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
      "testnet",
      "testnet3"),
  TESTNET4(
      List.of("testnet4"),
      48332,
      "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
      "testnet4",
      "testnet4"),
  SIGNET(
      List.of("signet"),
      38332,
      "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
      "signet",
      "signet"),
  REGTEST(
      List.of("regtest"),
      18443,
      "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
      "regtest",
      "regtest");

  /** The tower's name first, then bitcoind's if it differs. */
  private final List<String> names;

  private final int defaultRpcPort;
  private final String genesisHash;
  private final String folder;
  private final String bitcoindFolder;

  Network(
      List<String> names,
      int defaultRpcPort,
      String genesisHash,
      String folder,
      String bitcoindFolder) {
    this.names = names;
    this.defaultRpcPort = defaultRpcPort;
    this.genesisHash = genesisHash;
    this.folder = folder;
    this.bitcoindFolder = bitcoindFolder;
  }

  /** Returns the network that the tower or bitcoind calls {@code name}. */
  public static Optional<Network> named(String name) {
    return Arrays.stream(values()).filter(network -> network.names.contains(name)).findFirst();
  }

  /** Returns the name in {@code btc_network}: mainnet, testnet, testnet4, signet or regtest. */
  public String configName() {
    return names.getFirst();
  }

  /**
   * Returns the name in bitcoind's {@code getblockchaininfo}: main, test, testnet4, signet or
   * regtest.
   */
  public String bitcoindName() {
    return names.getLast();
  }

  /** Returns the default port of bitcoind's RPC. */
  public int defaultRpcPort() {
    return defaultRpcPort;
  }

  /** Returns the hash of the genesis block, 64 hex digits in display order. */
  public String genesisHash() {
    return genesisHash;
  }

  /**
   * Returns the network's folder within the tower's data folder; on mainnet, that folder itself.
   */
  public Path dataDir(Path towerDataDir) {
    return towerDataDir.resolve(folder);
  }

  /** Returns the cookie file of a bitcoind that uses its default data folder. */
  public Path standardCookie(Path home) {
    return home.resolve(".bitcoin").resolve(bitcoindFolder).resolve(".cookie");
  }

  static List<String> allNames() {
    return Arrays.stream(values()).flatMap(network -> network.names.stream()).toList();
  }
}
