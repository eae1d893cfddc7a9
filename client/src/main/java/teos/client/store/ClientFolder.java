package teos.client.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import teos.common.DurableFile;
import teos.common.KeyFile;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** The user's folder, {@code ~/.teos_client}: the one of python-teos's client, with more in it. */
public final class ClientFolder {

  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(30);

  private final Path folder;
  private final KeyFile keyFile;

  /**
   * @param folder made when it is first written to, for its owner alone
   * @param keyFile where the user's key is, usually {@code user_sk.der} in the folder
   */
  public ClientFolder(Path folder, Path keyFile) {
    this.folder = folder.toAbsolutePath().normalize();
    this.keyFile = new KeyFile(keyFile, "your key");
  }

  /** The user's key; made now if there is none. One of python-teos's client is read as it is. */
  public SecretKey key() throws IOException {
    if (keyFile.exists()) {
      return keyFile.load();
    }
    create();
    LockHandle turn =
        FileLocks.acquire(folder.resolve("lock"), LOCK_TIMEOUT)
            .orElseThrow(() -> new IOException(folder.resolve("lock") + " is held by another"));
    try {
      // Another process may have made it meanwhile.
      return keyFile.exists() ? keyFile.load() : keyFile.create(new SecureRandom());
    } finally {
      turn.release();
    }
  }

  private void create() throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** The tower registered with last; {@code teos_pk.der} holds the 33 bytes of its id. */
  public Optional<PublicKey> defaultTower() throws IOException {
    Path file = folder.resolve("teos_pk.der");
    byte[] id;
    try {
      id = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(PublicKey.of(id));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not the 33 bytes of a tower's id", e);
    }
  }

  /** Makes {@code tower} the default. */
  public void setDefaultTower(PublicKey tower) throws IOException {
    DurableFile.write(folder.resolve("teos_pk.der"), tower.bytes(), DurableFile.Access.EVERYONE);
  }

  /** Leaves no tower the default. */
  public void clearDefaultTower() throws IOException {
    Path file = folder.resolve("teos_pk.der");
    if (Files.exists(file)) {
      DurableFile.delete(file);
    }
  }

  /**
   * Moves what is kept about {@code tower} to {@code removed/}, so that the tower is unknown.
   *
   * @param evenIfWaiting also if appointments wait to be sent to it
   * @return where it is now
   * @throws IllegalStateException if appointments wait, and they may not
   */
  public Path remove(PublicKey tower, boolean evenIfWaiting) throws IOException {
    Path removed = Files.createDirectories(folder.resolve("removed"));
    Path target =
        removed.resolve(tower.toHex() + "-" + TowerFolder.TIMESTAMP.format(Instant.now()));
    tower(tower).move(target, evenIfWaiting);
    return target;
  }

  /** What is kept about {@code tower}. */
  public TowerFolder tower(PublicKey tower) {
    return new TowerFolder(folder.resolve("towers").resolve(tower.toHex()));
  }

  /** The ids of all towers that were ever registered with. */
  public List<PublicKey> towers() throws IOException {
    List<PublicKey> ids = new ArrayList<>();
    Path towers = folder.resolve("towers");
    if (Files.isDirectory(towers)) {
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(towers)) {
        for (Path one : folders) {
          String name = one.getFileName().toString();
          if (name.matches("0[23][0-9a-f]{64}") && Files.exists(one.resolve("tower.json"))) {
            ids.add(PublicKey.fromHex(name));
          }
        }
      }
    }
    ids.sort(null);
    return ids;
  }
}
