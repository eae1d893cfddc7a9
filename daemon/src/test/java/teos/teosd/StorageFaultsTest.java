package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.teosd.process.ExitCode;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/**
 * The real program on failing disks: it reports the fault, gives no further receipts and exits.
 * After the fault is repaired, every receipt is honoured.
 */
@Tag("bitcoind")
@Order(1)
class StorageFaultsTest {

  private static final int CHANNELS = 160;
  private static final int CHANNELS_PER_SENDER = 8;
  private static final int FEE_RATE = 10;
  private static final int FILLER_BYTES = 10_000;
  private static final int PAGE = 4096;
  private static final SecureRandom RANDOM = new SecureRandom();

  @TestBitcoind(blocks = 110)
  private static Bitcoind bitcoind;

  private static Deque<LightningChannel> channels;

  @TempDir Path folder;
  private int port;

  @BeforeAll
  static void startBitcoind() throws Exception {
    channels = new ArrayDeque<>(LightningChannel.openMany(bitcoind, CHANNELS));
  }

  private TowerProcess start(Path dataDir, List<String> prefix) throws Exception {
    return start(dataDir, prefix, "0");
  }

  /**
   * @param reserve megabytes reserved on the disk for responding to breaches
   */
  private TowerProcess start(Path dataDir, List<String> prefix, String reserve) throws Exception {
    if (port == 0) {
      port = FreePort.find();
    }
    // The disks of these tests are smaller than the default minimum.
    Map<String, String> settings =
        Map.of("subscription_slots", "100000", "min_free_disk", "0", "disk_reserve", reserve);
    return TowerProcess.start(bitcoind, dataDir, port, settings, Map.of(), prefix);
  }

  private TowerProcess start() throws Exception {
    return start(folder, List.of());
  }

  private Path file(String name) {
    return folder.resolve("regtest").resolve(name);
  }

  private TowerUser registered(TowerProcess tower, Dialect dialect) throws Exception {
    TowerUser user = new TowerUser(tower.api(), dialect, SecretKey.generate(RANDOM));
    assertThat(user.register().status()).isEqualTo(200);
    return user;
  }

  private static List<LightningChannel> takeChannels(int count) {
    List<LightningChannel> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(channels.removeFirst());
    }
    return taken;
  }

  /** An appointment for which a user holds a receipt. */
  private record AcceptedAppointment(TowerUser user, Appointment appointment) {}

  private static List<AcceptedAppointment> send(TowerUser user, List<LightningChannel> of)
      throws Exception {
    List<AcceptedAppointment> accepted = new ArrayList<>();
    for (LightningChannel channel : of) {
      Appointment appointment =
          user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
      user.sendForReceipt(appointment);
      accepted.add(new AcceptedAppointment(user, appointment));
    }
    return accepted;
  }

  private static void assertStored(List<AcceptedAppointment> all) throws Exception {
    for (AcceptedAppointment accepted : all) {
      TowerUser.Reply reply = accepted.user.get(accepted.appointment.locator());
      assertThat(reply.status()).as(reply.text()).isEqualTo(200);
      assertThat(reply.json().path("status").asText()).isEqualTo("being_watched");
      assertThat(reply.json().path("appointment").path("encrypted_blob").asText())
          .isEqualTo(HexFormat.of().formatHex(accepted.appointment.encryptedBlob()));
    }
  }

  /** Mines the commitments of {@code breached} and waits for all penalties. */
  private static void assertResponded(List<LightningChannel> breached) throws Exception {
    bitcoind.mineBlockWith(
        breached.stream().map(channel -> HexFormat.of().formatHex(channel.commitment())).toList());
    List<String> penalties =
        breached.stream().map(channel -> channel.penaltyTxid(FEE_RATE).toString()).toList();
    Eventually.holds("penalties", () -> bitcoind.mempool().containsAll(penalties));
    bitcoind.mine(1);
  }

  private static void assertEnds(TowerProcess tower, ExitCode code, String... messages)
      throws Exception {
    assertThat(tower.awaitExit()).as(tower.output()).isEqualTo(code.code());
    assertThat(tower.output()).contains(messages);
  }

  private static Appointment filler() {
    byte[] locator = new byte[Locator.LENGTH];
    RANDOM.nextBytes(locator);
    byte[] blob = new byte[FILLER_BYTES];
    RANDOM.nextBytes(blob);
    return new Appointment(new Locator(locator), blob, 144);
  }

  /** Concurrent senders that add appointments until the tower ends. */
  private final class Traffic {
    private static final int SENDERS = 4;

    private final List<Sender> senders = new ArrayList<>();

    /** Set once a request has been refused with 503. */
    private volatile boolean fault;

    Traffic(TowerProcess tower) throws Exception {
      for (int i = 0; i < SENDERS; i++) {
        Dialect dialect = i % 2 == 0 ? Dialect.V1 : Dialect.V2;
        senders.add(new Sender(registered(tower, dialect), takeChannels(CHANNELS_PER_SENDER)));
      }
      senders.forEach(sender -> sender.thread.start());
    }

    private final class Sender {
      private final TowerUser user;
      private final Deque<LightningChannel> mine;
      private final List<AcceptedAppointment> accepted = new ArrayList<>();
      private final List<LightningChannel> acknowledged = new ArrayList<>();
      private final List<String> errors = new ArrayList<>();
      private final Thread thread = new Thread(this::send);

      Sender(TowerUser user, List<LightningChannel> mine) {
        this.user = user;
        this.mine = new ArrayDeque<>(mine);
      }

      private void send() {
        try {
          for (int i = 0; ; i++) {
            LightningChannel channel = i % 4 == 0 ? mine.pollFirst() : null;
            Appointment appointment =
                channel == null
                    ? filler()
                    : user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
            boolean faultBefore = fault;
            TowerUser.Reply reply = user.send(appointment);
            if (reply.status() == 200) {
              accepted.add(new AcceptedAppointment(user, appointment));
              if (channel != null) {
                acknowledged.add(channel);
              }
              if (faultBefore) {
                errors.add("a receipt after the fault");
              }
            } else if (reply.status() == 503) {
              fault = true;
            } else {
              errors.add(reply.toString());
            }
          }
        } catch (IOException e) {
          // the tower has ended
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }

    void awaitReceipts(int count) throws Exception {
      Eventually.holds(
          "receipts", () -> senders.stream().allMatch(sender -> sender.accepted.size() >= count));
    }

    /** Waits for the senders, which end with the tower, and checks their replies. */
    void finish(TowerProcess tower) throws Exception {
      for (Sender sender : senders) {
        sender.thread.join();
        assertThat(sender.errors).as(tower.output()).isEmpty();
        assertThat(sender.accepted).isNotEmpty();
        assertThat(sender.acknowledged).isNotEmpty();
      }
    }

    void assertHonoured() throws Exception {
      List<LightningChannel> all = new ArrayList<>();
      for (Sender sender : senders) {
        assertStored(sender.accepted);
        all.addAll(sender.acknowledged);
      }
      assertResponded(all);
    }
  }

  /**
   * Mines blocks until the tower ends: a block that it cannot record must not count as processed.
   */
  private static void mineUntilItEnds(TowerProcess tower) throws Exception {
    Eventually.holds(
        "tower ended",
        () -> {
          bitcoind.mine(1);
          return !tower.isAlive();
        });
  }

  private static void stop(TowerProcess tower) throws Exception {
    tower.signal("TERM");
    assertThat(tower.awaitExit()).as(tower.output()).isZero();
  }

  /** Users fill the disk up to the tower's limit, and another program fills the rest. */
  @Test
  void fullDisk_refusesAppointmentsAndStillResponds() throws Exception {
    List<LightningChannel> first = takeChannels(3);
    List<LightningChannel> second = takeChannels(3);
    List<LightningChannel> third = takeChannels(3);
    try (SmallDisk disk = SmallDisk.tmpfs(folder.resolve("disk"), 24)) {
      String rest = disk.path().resolve("rest").toString();
      List<AcceptedAppointment> fillers = new ArrayList<>();
      List<AcceptedAppointment> later;
      TowerUser user;
      try (TowerProcess tower = start(disk.path(), disk.prefix(), "4")) {
        tower.awaitReady();
        user = registered(tower, Dialect.V2);
        send(user, first);
        send(user, second);
        later = send(user, third);
        Eventually.holds("appointment refused", () -> !sendFiller(user, fillers));
        assertThat(user.send(filler()).json().path("error_code").asInt())
            .as("the code after which rust-teos's plugin retries")
            .isEqualTo(7);
        assertThat(user.register().status()).as("renewal").isEqualTo(503);
        disk.run(
            "sh",
            "-c",
            "head -c $(($(df -B1 --output=avail \"$1\" | tail -1) - 200000)) /dev/zero > \"$0\" ||"
                + " true",
            rest,
            disk.path().toString());
        Eventually.holds("reserve released", () -> tower.output().contains("THE DISK IS FULL"));
        assertResponded(first);
        assertStored(fillers);
        stop(tower);
      }
      disk.run("mount", "-o", "remount,size=64m", disk.path().toString());
      Path reserve = disk.seenFromOutside().resolve("regtest/disk_reserve");
      try (TowerProcess tower = start(disk.path(), disk.prefix(), "4")) {
        tower.awaitReady();
        Eventually.holds("a new reserve", () -> Files.exists(reserve));
        stop(tower);
      }
      disk.run("sh", "-c", "cat /dev/zero >> \"$0\" || true", rest);
      try (TowerProcess tower = start(disk.path(), disk.prefix(), "4")) {
        tower.awaitReady();
        assertThat(tower.output()).contains("THE DISK IS FULL", "free some space");
        assertThat(Files.exists(reserve)).isFalse();
        assertStored(later);
        assertResponded(second);
        assertThat(user.send(filler()).status()).isEqualTo(503);
        disk.run("rm", rest);
        Eventually.holds("new appointment accepted", () -> sendFiller(user, fillers));
        assertResponded(third);
        assertStored(fillers);
        stop(tower);
      }
    }
  }

  /** Sends a filler; returns false if the tower refuses it with 503. */
  private static boolean sendFiller(TowerUser user, List<AcceptedAppointment> accepted)
      throws Exception {
    Appointment appointment = filler();
    TowerUser.Reply reply = user.send(appointment);
    if (reply.status() == 200) {
      accepted.add(new AcceptedAppointment(user, appointment));
      return true;
    }
    assertThat(reply.status()).as(reply.text()).isEqualTo(503);
    return false;
  }

  /**
   * Without a reserve the tower stores nothing on a full disk, and resumes when space is available.
   */
  @Test
  void fullDiskWithoutReserve_resumesWhenSpaceIsFreed() throws Exception {
    List<LightningChannel> mine = takeChannels(3);
    try (SmallDisk disk = SmallDisk.tmpfs(folder.resolve("disk"), 6);
        TowerProcess tower = start(disk.path(), disk.prefix())) {
      tower.awaitReady();
      TowerUser user = registered(tower, Dialect.V1);
      send(user, mine);
      List<AcceptedAppointment> fillers = new ArrayList<>();
      Eventually.holds("appointment refused", () -> !sendFiller(user, fillers));
      disk.run(
          "sh", "-c", "cat /dev/zero > \"$0\" || true", disk.path().resolve("rest").toString());
      assertThat(user.send(filler()).status()).isEqualTo(503);
      disk.run("mount", "-o", "remount,size=64m", disk.path().toString());
      assertResponded(mine);
      assertStored(fillers);
      assertThat(user.send(filler()).status()).isEqualTo(200);
      stop(tower);
    }
  }

  /** Mounts {@code image} in place of the disk, restarts the tower and checks every receipt. */
  private void assertHonoured(Traffic traffic, SmallDisk disk, Path image) throws Exception {
    String mounted = disk.path().toString();
    disk.run("umount", mounted);
    disk.run("mount", "-o", "loop", image.toString(), mounted);
    try (TowerProcess tower = start(disk.path(), disk.prefix())) {
      tower.awaitReady();
      traffic.assertHonoured();
    }
  }

  @Test
  void diskTurnsReadOnly_exitsAndHonoursReceiptsAfterRestart() throws Exception {
    Path image = folder.resolve("image");
    try (SmallDisk disk = SmallDisk.ext4(folder.resolve("disk"), image, 32)) {
      String mounted = disk.path().toString();
      Traffic traffic;
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        tower.awaitReady();
        traffic = new Traffic(tower);
        traffic.awaitReceipts(5);
        disk.run("mount", "-o", "remount,abort", mounted); // as the kernel does by itself on errors
        mineUntilItEnds(tower);
        assertEnds(tower, ExitCode.STORAGE, "STOPPING", "start the tower again");
        traffic.finish(tower);
      }
      assertHonoured(traffic, disk, image);
    }
  }

  /**
   * Data that was not synced is lost: it is only in the system's memory, and not in the image that
   * is copied here.
   */
  @Test
  void powerLoss_losesNoReceipt() throws Exception {
    Path image = folder.resolve("image");
    Path left = folder.resolve("left");
    try (SmallDisk disk = SmallDisk.ext4(folder.resolve("disk"), image, 32)) {
      Traffic traffic;
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        tower.awaitReady();
        traffic = new Traffic(tower);
        traffic.awaitReceipts(20);
        tower.signal("STOP");
        Files.copy(image, left);
        tower.kill9();
        traffic.finish(tower);
      }
      assertHonoured(traffic, disk, left);
    }
  }

  @Test
  void readOnlyDatabaseOrFileSystem_failsStartup() throws Exception {
    List<LightningChannel> mine = takeChannels(2);
    try (SmallDisk disk = SmallDisk.tmpfs(folder.resolve("disk"), 16)) {
      List<AcceptedAppointment> accepted;
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        tower.awaitReady();
        accepted = send(registered(tower, Dialect.V2), mine);
        tower.signal("TERM");
        assertThat(tower.awaitExit()).isZero();
      }
      String file = disk.path().resolve("regtest/teos_db.sqlite").toString();
      disk.run("mount", "--bind", file, file);
      disk.run("mount", "-o", "remount,bind,ro", file);
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        assertEnds(tower, ExitCode.STORAGE, "is read-only", "start the tower again");
        assertThat(tower.output()).doesNotContain("tower ready");
      }
      disk.run("umount", file);
      disk.run("mount", "-o", "remount,ro", disk.path().toString());
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        assertEnds(tower, ExitCode.STORAGE, "cannot use the data folder", "Read-only file system");
      }
      disk.run("mount", "-o", "remount,rw", disk.path().toString());
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        tower.awaitReady();
        assertStored(accepted);
        assertResponded(mine);
      }
    }
  }

  /** Sends appointments and kills the tower, so that its WAL file remains. */
  private List<AcceptedAppointment> acceptAndKill(List<LightningChannel> mine) throws Exception {
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      List<AcceptedAppointment> accepted =
          new ArrayList<>(send(registered(tower, Dialect.V1), mine.subList(0, 1)));
      accepted.addAll(send(registered(tower, Dialect.V2), mine.subList(1, mine.size())));
      tower.kill9();
      return accepted;
    }
  }

  private void assertCommitsLost() throws Exception {
    try (TowerProcess tower = start()) {
      assertEnds(
          tower,
          ExitCode.DATABASE_DAMAGED,
          "has lost",
          "commits",
          "To accept the loss, delete",
          "teos_db.commits");
      assertThat(tower.output()).doesNotContain("tower ready");
    }
  }

  @Test
  void truncatedWalAfterKill_failsStartup() throws Exception {
    List<LightningChannel> mine = takeChannels(4);
    List<AcceptedAppointment> accepted = acceptAndKill(mine);
    Path wal = file("teos_db.sqlite-wal");
    Path whole = Files.copy(wal, folder.resolve("whole"));
    try (FileChannel channel = FileChannel.open(wal, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 2 * PAGE);
    }
    assertCommitsLost();
    Files.copy(whole, wal, StandardCopyOption.REPLACE_EXISTING);
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(accepted);
      assertResponded(mine);
    }
  }

  @Test
  void deletedWalAfterKill_failsStartup() throws Exception {
    List<LightningChannel> mine = takeChannels(4);
    List<AcceptedAppointment> accepted = acceptAndKill(mine);
    Path wal = file("teos_db.sqlite-wal");
    Path kept = Files.move(wal, folder.resolve("kept"));
    assertCommitsLost();
    Files.move(kept, wal, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(file("teos_db.sqlite-shm"));
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(accepted);
      assertResponded(mine);
    }
  }

  @Test
  void restoredOldCopy_startsOnlyAfterLossIsAccepted() throws Exception {
    List<LightningChannel> early = takeChannels(2);
    List<AcceptedAppointment> accepted;
    Path database = file("teos_db.sqlite");
    Path copy = folder.resolve("copy");
    TowerUser user;
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      user = registered(tower, Dialect.V2);
      accepted = send(user, early);
      tower.signal("TERM");
      assertThat(tower.awaitExit()).isZero();
    }
    Files.copy(database, copy);
    List<AcceptedAppointment> late;
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      late = send(user, takeChannels(2));
      tower.signal("TERM");
      assertThat(tower.awaitExit()).isZero();
    }
    Files.copy(copy, database, StandardCopyOption.REPLACE_EXISTING);
    assertCommitsLost();
    Files.delete(file("teos_db.commits"));
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(accepted);
      assertThat(user.get(late.getFirst().appointment().locator()).status()).isEqualTo(404);
      assertResponded(early);
      send(user, takeChannels(1));
      tower.kill9();
    }
    try (TowerProcess tower = start()) {
      tower.awaitReady();
    }
  }

  @Test
  void corruptDatabase_failsStartup() throws Exception {
    List<LightningChannel> mine = takeChannels(40);
    List<AcceptedAppointment> accepted;
    Path database = file("teos_db.sqlite");
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      accepted = send(registered(tower, Dialect.V2), mine);
      tower.signal("TERM");
      assertThat(tower.awaitExit()).isZero();
    }
    Path good = Files.copy(database, folder.resolve("good"));
    try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
      // Keeps the schema, the commit counter and the last block, which are at the beginning.
      byte[] garbage = new byte[(int) (file.length() / 2)];
      RANDOM.nextBytes(garbage);
      file.seek(file.length() - garbage.length);
      file.write(garbage);
    }
    try (TowerProcess tower = start()) {
      assertEnds(
          tower, ExitCode.DATABASE_DAMAGED, "is damaged", "teos_db.sqlite", "docs/running.md");
      assertThat(tower.output()).doesNotContain("tower ready");
    }
    // The commit counter file may be ahead of the copy by the commits of the failed start.
    Files.copy(good, database, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(file("teos_db.sqlite-wal"));
    Files.deleteIfExists(file("teos_db.sqlite-shm"));
    Files.delete(file("teos_db.commits"));
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(accepted);
      assertResponded(mine);
    }
  }
}
