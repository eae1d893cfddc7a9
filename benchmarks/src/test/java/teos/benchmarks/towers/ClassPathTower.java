package teos.benchmarks.towers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;

/** Starts java-teos from the class path of the tests, so that it need not be packaged. */
public final class ClassPathTower {

  private ClassPathTower() {}

  public static MeasuredTower start(Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    int port = FreePort.find();
    List<String> command =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "teos.teosd.Teosd",
            "--btcnetwork=regtest",
            "--btcrpcport=" + bitcoind.rpcPort(),
            "--btcrpccookie=" + bitcoind.cookieFile(),
            "--btcfeedport=" + bitcoind.zmqPort(),
            "--datadir=" + data,
            "--apiport=" + port,
            "--rpcport=" + FreePort.find(),
            "--internalapiport=" + FreePort.find());
    return TowerProcess.start(command, Map.of(), data.resolve("teosd.out"), port);
  }
}
