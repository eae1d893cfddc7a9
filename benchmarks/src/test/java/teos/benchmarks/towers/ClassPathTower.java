package teos.benchmarks.towers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.TowerCommand;

/** Starts java-teos from the class path of the tests, so that it need not be packaged. */
public final class ClassPathTower {

  private ClassPathTower() {}

  public static MeasuredTower start(Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    int port = FreePort.find();
    List<String> command =
        TowerCommand.ofClassPath(
            bitcoind,
            data,
            "--apiport=" + port,
            "--rpcport=" + FreePort.find(),
            "--internalapiport=" + FreePort.find());
    return TowerProcess.start(command, Map.of(), data.resolve("teosd.out"), port);
  }
}
