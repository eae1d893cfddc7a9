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
 * The real program on disks that fail: it says what is wrong, gives no receipt any more and ends;
 * once the cause is gone, whatever it has signed for is honoured.
 */
@Tag("bitcoind")
class StorageFaultsTest {

  private static final int CHANNELS = 160;
  private static final int CHANNELS_A_SENDER = 8;
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
   * @param reserve megabytes that are kept for answering
   */
  private TowerProcess start(Path dataDir, List<String> prefix, String reserve) throws Exception {
    if (port == 0) {
      port = FreePort.find();
    }
    // The disks here are small from the start.
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

  private static List<LightningChannel> take(int count) {
    List<LightningChannel> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(channels.removeFirst());
    }
    return taken;
  }

  /** What a user holds a receipt for. */
  private record Held(TowerUser user, Appointment appointment) {}

  private static List<Held> send(TowerUser user, List<LightningChannel> of) throws Exception {
    List<Held> held = new ArrayList<>();
    for (LightningChannel channel : of) {
      Appointment appointment =
          user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
      user.sendForReceipt(appointment);
      held.add(new Held(user, appointment));
    }
    return held;
  }

  private static void assertStored(List<Held> all) throws Exception {
    for (Held held : all) {
      TowerUser.Reply reply = held.user.get(held.appointment.locator());
      assertThat(reply.status()).as(reply.text()).isEqualTo(200);
      assertThat(reply.json().path("status").asText()).isEqualTo("being_watched");
      assertThat(reply.json().path("appointment").path("encrypted_blob").asText())
          .isEqualTo(HexFormat.of().formatHex(held.appointment.encryptedBlob()));
    }
  }

  private static void assertAnswered(List<LightningChannel> breached) throws Exception {
    bitcoind.mineBlockWith(
        breached.stream().map(channel -> HexFormat.of().formatHex(channel.commitment())).toList());
    List<String> penalties =
        breached.stream().map(channel -> channel.penaltyTxid(FEE_RATE).toString()).toList();
    Eventually.holds("penalties", () -> bitcoind.mempool().containsAll(penalties));
    bitcoind.mine(1);
  }

  private static void assertEnds(TowerProcess tower, ExitCode code, String... says)
      throws Exception {
    assertThat(tower.awaitExit()).as(tower.output()).isEqualTo(code.code());
    assertThat(tower.output()).contains(says);
  }

  private static Appointment filler() {
    byte[] locator = new byte[Locator.LENGTH];
    RANDOM.nextBytes(locator);
    byte[] blob = new byte[FILLER_BYTES];
    RANDOM.nextBytes(blob);
    return new Appointment(new Locator(locator), blob, 144);
  }

  /** The tower is given more and more while something happens to its disk. */
  private final class Traffic {
    private static final int SENDERS = 4;

    private final List<Sender> senders = new ArrayList<>();

    /** A request has been refused for the storage's sake. */
    private volatile boolean fault;

    Traffic(TowerProcess tower) throws Exception {
      for (int i = 0; i < SENDERS; i++) {
        Dialect dialect = i % 2 == 0 ? Dialect.V1 : Dialect.V2;
        senders.add(new Sender(registered(tower, dialect), take(CHANNELS_A_SENDER)));
      }
      senders.forEach(sender -> sender.thread.start());
    }

    private final class Sender {
      private final TowerUser user;
      private final Deque<LightningChannel> mine;
      private final List<Held> held = new ArrayList<>();
      private final List<LightningChannel> answered = new ArrayList<>();
      private final List<String> wrong = new ArrayList<>();
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
            boolean before = fault;
            TowerUser.Reply reply = user.send(appointment);
            if (reply.status() == 200) {
              held.add(new Held(user, appointment));
              if (channel != null) {
                answered.add(channel);
              }
              if (before) {
                wrong.add("a receipt after the fault");
              }
            } else if (reply.status() == 503) {
              fault = true;
            } else {
              wrong.add(reply.toString());
            }
          }
        } catch (IOException e) {
          // the tower has gone
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }

    void awaitReceipts(int count) throws Exception {
      Eventually.holds(
          "receipts", () -> senders.stream().allMatch(sender -> sender.held.size() >= count));
    }

    /** Ends with the tower. */
    void finish(TowerProcess tower) throws Exception {
      for (Sender sender : senders) {
        sender.thread.join();
        assertThat(sender.wrong).as(tower.output()).isEmpty();
        assertThat(sender.held).isNotEmpty();
        assertThat(sender.answered).isNotEmpty();
      }
    }

    void assertHonoured() throws Exception {
      List<LightningChannel> all = new ArrayList<>();
      for (Sender sender : senders) {
        assertStored(sender.held);
        all.addAll(sender.answered);
      }
      assertAnswered(all);
    }
  }

  /** Blocks come as well: what cannot be noted of them must not be taken for dealt with. */
  private static void mineUntilItEnds(TowerProcess tower) throws Exception {
    Eventually.holds(
        "the end of the tower",
        () -> {
          bitcoind.mine(1);
          return !tower.isAlive();
        });
  }

  private static void stop(TowerProcess tower) throws Exception {
    tower.signal("TERM");
    assertThat(tower.awaitExit()).as(tower.output()).isZero();
  }

  /** Users fill the disk as far as they may, and somebody else to its last byte. */
  @Test
  void theDiskFillsUp() throws Exception {
    List<LightningChannel> first = take(3);
    List<LightningChannel> second = take(3);
    List<LightningChannel> third = take(3);
    try (SmallDisk disk = SmallDisk.tmpfs(folder.resolve("disk"), 24)) {
      String rest = disk.path().resolve("rest").toString();
      List<Held> fillers = new ArrayList<>();
      List<Held> later;
      TowerUser user;
      try (TowerProcess tower = start(disk.path(), disk.prefix(), "4")) {
        tower.awaitReady();
        user = registered(tower, Dialect.V2);
        send(user, first);
        send(user, second);
        later = send(user, third);
        Eventually.holds("a refusal", () -> !taken(user, fillers));
        assertThat(user.send(filler()).json().path("error_code").asInt())
            .as("the code after which rust-teos's plugin tries again")
            .isEqualTo(7);
        assertThat(user.register().status()).as("renewal").isEqualTo(503);
        disk.run(
            "sh",
            "-c",
            "head -c $(($(df -B1 --output=avail \"$1\" | tail -1) - 200000)) /dev/zero > \"$0\" ||"
                + " true",
            rest,
            disk.path().toString());
        Eventually.holds("release", () -> tower.output().contains("THE DISK IS FULL"));
        assertAnswered(first);
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
        assertAnswered(second);
        assertThat(user.send(filler()).status()).isEqualTo(503);
        disk.run("rm", rest);
        Eventually.holds("room for new ones", () -> taken(user, fillers));
        assertAnswered(third);
        assertStored(fillers);
        stop(tower);
      }
    }
  }

  private static boolean taken(TowerUser user, List<Held> held) throws Exception {
    Appointment appointment = filler();
    TowerUser.Reply reply = user.send(appointment);
    if (reply.status() == 200) {
      held.add(new Held(user, appointment));
      return true;
    }
    assertThat(reply.status()).as(reply.text()).isEqualTo(503);
    return false;
  }

  /**
   * Without a reserve nothing is stored on a full disk, and all goes on when there is space again.
   */
  @Test
  void aFullDiskWithoutReserveEndsNothing() throws Exception {
    List<LightningChannel> mine = take(3);
    try (SmallDisk disk = SmallDisk.tmpfs(folder.resolve("disk"), 6);
        TowerProcess tower = start(disk.path(), disk.prefix())) {
      tower.awaitReady();
      TowerUser user = registered(tower, Dialect.V1);
      send(user, mine);
      List<Held> fillers = new ArrayList<>();
      Eventually.holds("a refusal", () -> !taken(user, fillers));
      disk.run(
          "sh", "-c", "cat /dev/zero > \"$0\" || true", disk.path().resolve("rest").toString());
      assertThat(user.send(filler()).status()).isEqualTo(503);
      disk.run("mount", "-o", "remount,size=64m", disk.path().toString());
      assertAnswered(mine);
      assertStored(fillers);
      assertThat(user.send(filler()).status()).isEqualTo(200);
      stop(tower);
    }
  }

  /** By a tower that is started anew, with {@code image} in the disk's place. */
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
  void theDiskFailsAndBecomesReadOnly() throws Exception {
    Path image = folder.resolve("image");
    try (SmallDisk disk = SmallDisk.ext4(folder.resolve("disk"), image, 32)) {
      String mounted = disk.path().toString();
      Traffic traffic;
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        tower.awaitReady();
        traffic = new Traffic(tower);
        traffic.awaitReceipts(5);
        disk.run("mount", "-o", "remount,abort", mounted); // as the kernel does by itself
        mineUntilItEnds(tower);
        assertEnds(tower, ExitCode.STORAGE, "STOPPING", "start the tower again");
        traffic.finish(tower);
      }
      assertHonoured(traffic, disk, image);
    }
  }

  /**
   * What the file system has not been told to sync is gone with the power: it is in the system's
   * memory, and not in the image that the disk is.
   */
  @Test
  void thePowerIsCut() throws Exception {
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
  void theFileOrItsFileSystemIsReadOnlyAtTheStart() throws Exception {
    List<LightningChannel> mine = take(2);
    try (SmallDisk disk = SmallDisk.tmpfs(folder.resolve("disk"), 16)) {
      List<Held> held;
      try (TowerProcess tower = start(disk.path(), disk.prefix())) {
        tower.awaitReady();
        held = send(registered(tower, Dialect.V2), mine);
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
        assertStored(held);
        assertAnswered(mine);
      }
    }
  }

  /** Receipts of a tower that is then killed, so that its log is still beside its database. */
  private List<Held> killedWithReceipts(List<LightningChannel> mine) throws Exception {
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      List<Held> held = new ArrayList<>(send(registered(tower, Dialect.V1), mine.subList(0, 1)));
      held.addAll(send(registered(tower, Dialect.V2), mine.subList(1, mine.size())));
      tower.kill9();
      return held;
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
  void theLogIsCutOffAfterAKill() throws Exception {
    List<LightningChannel> mine = take(4);
    List<Held> held = killedWithReceipts(mine);
    Path wal = file("teos_db.sqlite-wal");
    Path whole = Files.copy(wal, folder.resolve("whole"));
    try (FileChannel channel = FileChannel.open(wal, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 2 * PAGE);
    }
    assertCommitsLost();
    Files.copy(whole, wal, StandardCopyOption.REPLACE_EXISTING);
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(held);
      assertAnswered(mine);
    }
  }

  @Test
  void theLogIsDeletedAfterAKill() throws Exception {
    List<LightningChannel> mine = take(4);
    List<Held> held = killedWithReceipts(mine);
    Path wal = file("teos_db.sqlite-wal");
    Path kept = Files.move(wal, folder.resolve("kept"));
    assertCommitsLost();
    Files.move(kept, wal, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(file("teos_db.sqlite-shm"));
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(held);
      assertAnswered(mine);
    }
  }

  @Test
  void anOldCopyIsRestoredAndTheLossIsAccepted() throws Exception {
    List<LightningChannel> early = take(2);
    List<Held> held;
    Path database = file("teos_db.sqlite");
    Path copy = folder.resolve("copy");
    TowerUser user;
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      user = registered(tower, Dialect.V2);
      held = send(user, early);
      tower.signal("TERM");
      assertThat(tower.awaitExit()).isZero();
    }
    Files.copy(database, copy);
    List<Held> late;
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      late = send(user, take(2));
      tower.signal("TERM");
      assertThat(tower.awaitExit()).isZero();
    }
    Files.copy(copy, database, StandardCopyOption.REPLACE_EXISTING);
    assertCommitsLost();
    Files.delete(file("teos_db.commits"));
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(held);
      assertThat(user.get(late.getFirst().appointment().locator()).status()).isEqualTo(404);
      assertAnswered(early);
      send(user, take(1));
      tower.kill9();
    }
    try (TowerProcess tower = start()) {
      tower.awaitReady();
    }
  }

  @Test
  void thereIsGarbageInTheMiddleOfTheFile() throws Exception {
    List<LightningChannel> mine = take(40);
    List<Held> held;
    Path database = file("teos_db.sqlite");
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      held = send(registered(tower, Dialect.V2), mine);
      tower.signal("TERM");
      assertThat(tower.awaitExit()).isZero();
    }
    Path good = Files.copy(database, folder.resolve("good"));
    try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
      // All but the schema, the counter and the block, which are at the beginning.
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
    // The mark may be ahead of the copy by what the start has written.
    Files.copy(good, database, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(file("teos_db.sqlite-wal"));
    Files.deleteIfExists(file("teos_db.sqlite-shm"));
    Files.delete(file("teos_db.commits"));
    try (TowerProcess tower = start()) {
      tower.awaitReady();
      assertStored(held);
      assertAnswered(mine);
    }
  }
}
