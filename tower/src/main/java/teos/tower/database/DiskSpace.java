package teos.tower.database;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The space that is left on the disk of the database, and the reserve that is kept for answering
 * breaches when others have filled it: a file of that many bytes, which is deleted when it is
 * needed.
 *
 * <p>New bytes are refused while free space, beside the reserve, is less than the reserve. The file
 * is deleted when less than a quarter of the reserve is free, or when a write finds the disk full;
 * it is made again when there is room for it.
 */
public final class DiskSpace implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DiskSpace.class);
  private static final long CHECK_MILLIS = 1_000;
  private static final int BUFFER_BYTES = 1 << 16;

  private final File folder;
  private final Path file;
  private final long minFree;
  private final long reserve;
  private final Thread thread;
  private Level told = Level.AMPLE;
  private volatile boolean kept;

  /** What may be stored. */
  public enum Level {
    /** Everything. */
    AMPLE,
    /** What existing users send. */
    NO_NEW_USERS,
    /** What is needed to answer breaches. */
    ANSWERING_ONLY
  }

  /**
   * Watches the disk of {@code folder}, which exists; what is left of the space is known when this
   * returns, and the reserve has been released if it was needed.
   *
   * @param minFree bytes of free space under which no new users are taken
   * @param reserve bytes for answering; 0 for none
   */
  public DiskSpace(Path folder, long minFree, long reserve) {
    this.folder = folder.toFile();
    this.file = folder.resolve("disk_reserve");
    this.minFree = minFree;
    this.reserve = reserve;
    this.kept = Files.exists(file);
    tend();
    this.thread = Thread.ofVirtual().name("disk-space").start(this::run);
  }

  /** Bytes that are free, beside the reserve; empty if that is not known. */
  public OptionalLong free() {
    return folder.getTotalSpace() == 0
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(0, folder.getUsableSpace() - (kept ? 0 : reserve)));
  }

  /** Returns what may be stored now. Costs one system call. */
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

  /** Gives the reserve to whoever writes next; called when a write has found the disk full. */
  synchronized void release() {
    if (kept && drop()) {
      log.atError()
          .addKeyValue("bytes", reserve)
          .addKeyValue("folder", folder)
          .log("THE DISK IS FULL: the reserve for answering breaches is in use; free some space");
    }
  }

  private boolean drop() {
    try {
      Files.deleteIfExists(file);
      kept = false;
      return true;
    } catch (IOException e) {
      log.atError().addKeyValue("reason", e.getMessage()).log("cannot delete the disk reserve");
      return false;
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(CHECK_MILLIS);
        tend();
      }
    } catch (InterruptedException e) {
      log.debug("stopped");
    }
  }

  private synchronized void tend() {
    long usable = folder.getUsableSpace();
    if (kept && usable < reserve / 4) {
      release();
    } else if (!kept && reserve > 0 && usable > 3 * reserve) {
      keep();
    } else if (kept && file.toFile().length() != reserve) {
      drop(); // of another size in the settings, or not written to its end
    }
    Level now = level();
    if (now == told) {
      return;
    }
    told = now;
    switch (now) {
      case AMPLE -> log.info("there is enough free disk space again");
      case NO_NEW_USERS ->
          log.atWarn()
              .addKeyValue("free_bytes", usable)
              .addKeyValue("folder", folder)
              .log("the disk fills up: no new users are taken; free some space");
      case ANSWERING_ONLY ->
          log.atError()
              .addKeyValue("free_bytes", usable)
              .addKeyValue("folder", folder)
              .log(
                  "THE DISK IS NEARLY FULL: nothing new is stored, breaches are answered; free some"
                      + " space");
    }
  }

  /** Random bytes: a file system may not keep space for zeros. */
  private void keep() {
    RandomGenerator random = RandomGenerator.getDefault();
    byte[] buffer = new byte[BUFFER_BYTES];
    kept = true;
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = reserve; left > 0; left -= buffer.length) {
        random.nextBytes(buffer);
        out.write(buffer, 0, (int) Math.min(left, buffer.length));
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("cannot keep a disk reserve");
      drop();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
