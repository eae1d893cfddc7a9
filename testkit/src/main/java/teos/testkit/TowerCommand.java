package teos.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines that start teosd on a regtest bitcoind. */
public final class TowerCommand {

  private TowerCommand() {}

  /**
   * Returns the command that runs the program {@code teosd}.
   *
   * @param options command line options besides bitcoind and the data folder
   */
  public static List<String> of(Path teosd, Bitcoind bitcoind, Path data, String... options) {
    return command(List.of(teosd.toString()), bitcoind, data, options);
  }

  /**
   * Returns the command that runs teosd from the class path of this JVM, for tests that run before
   * the program is packaged.
   */
  public static List<String> ofClassPath(Bitcoind bitcoind, Path data, String... options) {
    return command(
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "teos.teosd.Teosd"),
        bitcoind,
        data,
        options);
  }

  private static List<String> command(
      List<String> program, Bitcoind bitcoind, Path data, String... options) {
    List<String> command = new ArrayList<>(program);
    command.add("--btcnetwork=regtest");
    command.add("--btcrpcport=" + bitcoind.rpcPort());
    command.add("--btcrpccookie=" + bitcoind.cookieFile());
    command.add("--btcfeedport=" + bitcoind.zmqPort());
    command.add("--datadir=" + data);
    command.addAll(List.of(options));
    return command;
  }
}
