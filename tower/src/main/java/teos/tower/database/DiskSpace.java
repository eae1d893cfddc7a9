package teos.tower.database;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.PeriodicTask;
import teos.common.PeriodicTask.Schedule;

/**
 * Free space on the disk of the database, and a reserve for responding to breaches when the disk is
 * full: a file of that size, which is deleted when the space is needed.
 *
 * <p>Nothing new is stored while free space, not counting the reserve, is less than the reserve.
 * The file is deleted when less than a quarter of the reserve is free, or when a write finds the
 * disk full; it is created again when there is room for it.
 */
public final class DiskSpace implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DiskSpace.class);
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
  private static final int BUFFER_BYTES = 1 << 16;

  private final File folder;
  private final Path file;
  private final long minFree;
  private final long reserve;
  private final PeriodicTask checks;
  private Level reportedLevel = Level.AMPLE;
  private volatile boolean reserveExists;

  /** Data that may be stored. */
  public enum Level {
    /** Everything. */
    AMPLE,
    /** Data of existing users. */
    NO_NEW_USERS,
    /** Only data that is needed to respond to breaches. */
    ANSWERING_ONLY
  }

  /**
   * Starts to check the disk of {@code folder}, which must exist. The level is known when this
   * returns, and the reserve has been released if that was necessary.
   *
   * @param minFree bytes of free space below which no new users are admitted
   * @param reserve bytes for responding to breaches; 0 for none
   */
  public DiskSpace(Path folder, long minFree, long reserve) {
    this.folder = folder.toFile();
    this.file = folder.resolve("disk_reserve");
    this.minFree = minFree;
    this.reserve = reserve;
    this.reserveExists = Files.exists(file);
    check();
    this.checks =
        PeriodicTask.start(
            "disk-space",
            Schedule.every(CHECK_INTERVAL),
            this::check,
            e -> log.error("cannot check the free disk space; retrying", e));
  }

  /** Returns the free bytes, not counting the reserve; empty if they are not known. */
  public OptionalLong free() {
    return folder.getTotalSpace() == 0
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(0, folder.getUsableSpace() - (reserveExists ? 0 : reserve)));
  }

  /** Returns the data that may be stored now. Costs one system call. */
  public Level level() {
    OptionalLong free = free();
    if (free.isEmpty()) {
      return Level.AMPLE;
    }
    if (free.getAsLong() < reserve) {
      return Level.ANSWERING_ONLY;
    }
    return free.getAsLong() < minFree ? Level.NO_NEW_USERS : Level.AMPLE;
  }

  /**
   * Deletes the reserve so that writes succeed again; called when a write has found the disk full.
   */
  synchronized void release() {
    if (reserveExists && deleteReserve()) {
      log.atError()
          .addKeyValue("bytes", reserve)
          .addKeyValue("folder", folder)
          .log(
              "THE DISK IS FULL: the reserve for responding to breaches is in use; free some"
                  + " space");
    }
  }

  private boolean deleteReserve() {
    try {
      Files.deleteIfExists(file);
      reserveExists = false;
      return true;
    } catch (IOException e) {
      log.atError().addKeyValue("reason", e.getMessage()).log("cannot delete the disk reserve");
      return false;
    }
  }

  private synchronized void check() {
    long usable = folder.getUsableSpace();
    if (reserveExists && usable < reserve / 4) {
      release();
    } else if (!reserveExists && reserve > 0 && usable > 3 * reserve) {
      createReserve();
    } else if (reserveExists && file.toFile().length() != reserve) {
      deleteReserve(); // its size in the settings has changed, or it was not written completely
    }
    Level now = level();
    if (now == reportedLevel) {
      return;
    }
    reportedLevel = now;
    switch (now) {
      case AMPLE ->
          log.atInfo()
              .addKeyValue("free_bytes", usable)
              .log("there is enough free disk space again");
      case NO_NEW_USERS ->
          log.atWarn()
              .addKeyValue("free_bytes", usable)
              .addKeyValue("folder", folder)
              .log("the disk is filling up: no new users are admitted; free some space");
      case ANSWERING_ONLY ->
          log.atError()
              .addKeyValue("free_bytes", usable)
              .addKeyValue("folder", folder)
              .log(
                  "THE DISK IS NEARLY FULL: nothing new is stored, responses to breaches continue;"
                      + " free some space");
    }
  }

  /** Fills the file with random bytes: a file system may not allocate space for zeros. */
  private void createReserve() {
    RandomGenerator random = RandomGenerator.getDefault();
    byte[] buffer = new byte[BUFFER_BYTES];
    reserveExists = true;
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = reserve; left > 0; left -= buffer.length) {
        random.nextBytes(buffer);
        out.write(buffer, 0, (int) Math.min(left, buffer.length));
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("cannot create the disk reserve");
      deleteReserve();
    }
  }

  @Override
  public void close() {
    checks.close();
  }
}
