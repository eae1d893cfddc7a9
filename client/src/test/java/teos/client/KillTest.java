package teos.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.client.store.QueueEntry;
import teos.client.store.TowerFolder;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * Kills a process that adds appointments at random moments. Each appointment that was acknowledged
 * must be queued or have a receipt afterwards, and the tower must end up with the last version of
 * each. The property {@code teos.client.kills} sets the number of kills.
 */
@Tag("soak")
class KillTest {

  private static final int KILLS = Integer.getInteger("teos.client.kills", 20);
  private static final int LOCATORS = 7;

  @TempDir Path folder;

  /** Adds numbered appointments. Arguments: the folder, the tower's id, the first number. */
  static final class EnqueueLoop {
    private EnqueueLoop() {}

    public static void main(String... args) throws Exception {
      PublicKey tower = PublicKey.fromHex(args[1]);
      try (TowerClient client = TowerClient.open(Path.of(args[0]), ClientOptions.DEFAULT)) {
        for (int number = Integer.parseInt(args[2]); ; number++) {
          QueueEntry entry =
              client.enqueue(tower, FakeTower.appointment(number % LOCATORS, 100, number));
          System.out.println(number);
          System.out.flush();
          if (number % 2 == 0) { // two versions of a locator may be queued
            client.send(tower, entry);
          }
        }
      }
    }
  }

  @Test
  void killedProcess_losesNoAppointment() throws Exception {
    FakeTower tower = new FakeTower(Dialect.V2);
    Random random = new Random();
    int next = 0;
    try (StubServer server = new StubServer(tower);
        TowerClient client = TowerClient.open(folder, ClientOptions.DEFAULT)) {
      client.register(tower.id(), server.address());
      TowerFolder files = client.towerFolder(tower.id());
      for (int kill = 0; kill < KILLS; kill++) {
        List<Integer> acknowledged = runAndKill(tower.id(), next, random.nextInt(300));
        for (int number : acknowledged) {
          assertIsKept(files, number);
        }
        next = acknowledged.isEmpty() ? next : acknowledged.get(acknowledged.size() - 1) + 2;
      }
      assertThat(next).isGreaterThan(KILLS); // the processes did add appointments
      assertThat(client.sendQueued(tower.id()).remaining()).isZero();
      for (Locator locator : files.receipts().locators()) {
        Appointment last = files.receipts().receipt(locator).orElseThrow().appointment();
        assertThat(tower.appointments.get(locator.toHex()))
            .hasToString(FakeTower.json(last).toString());
      }
      assertThat(files.receipts().locators()).hasSizeLessThanOrEqualTo(LOCATORS);
    }
  }

  private List<Integer> runAndKill(PublicKey tower, int first, int moment) throws Exception {
    Path output = folder.resolve("acknowledged");
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                EnqueueLoop.class.getName(),
                folder.toString(),
                tower.toHex(),
                Integer.toString(first))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(output.toFile()) // a pipe would be closed with the process
            .start();
    while (process.isAlive() && acknowledged(output).isEmpty()) {
      Thread.sleep(5);
    }
    Thread.sleep(moment);
    process.destroyForcibly().waitFor();
    return acknowledged(output);
  }

  private static List<Integer> acknowledged(Path output) throws IOException {
    String text = Files.readString(output);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(Integer::valueOf).toList();
  }

  /**
   * Asserts that this version or a later one is kept: the receipt of an update replaces the
   * receipt.
   */
  private static void assertIsKept(TowerFolder files, int number) throws Exception {
    Locator locator = FakeTower.appointment(number % LOCATORS, 100, number).locator();
    Set<Long> versions = new HashSet<>();
    files
        .receipts()
        .receipt(locator)
        .ifPresent(receipt -> versions.add(receipt.appointment().toSelfDelay()));
    files
        .queue()
        .entries(locator)
        .forEach(entry -> versions.add(entry.signedAppointment().appointment().toSelfDelay()));
    assertThat(versions).as("versions of %s", number).anyMatch(version -> version >= number);
    if (versions.stream().noneMatch(version -> version == number)) {
      assertThat(files.receipts().receipt(locator).orElseThrow().appointment().toSelfDelay())
          .isGreaterThan(number);
    }
  }
}
