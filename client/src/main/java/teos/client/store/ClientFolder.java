package teos.client.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import teos.common.DurableFile;
import teos.common.KeyFile;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** The user's folder, {@code ~/.teos_client}: that of python-teos's client, with more files. */
public final class ClientFolder {

  private final Path folder;
  private final KeyFile keyFile;

  /**
   * @param folder created on the first write, accessible to its owner only
   * @param keyFile file of the user's key, usually {@code user_sk.der} in the folder
   */
  public ClientFolder(Path folder, Path keyFile) {
    this.folder = folder.toAbsolutePath().normalize();
    this.keyFile = new KeyFile(keyFile, "your key");
  }

  /** Returns the user's key. Creates it if there is none; reads that of python-teos's client. */
  public SecretKey key() throws IOException {
    if (keyFile.exists()) {
      return keyFile.load();
    }
    create();
    return FileLocks.withLock(
        folder,
        // Another process may have created it in the meantime.
        () -> keyFile.exists() ? keyFile.load() : keyFile.create(new SecureRandom()));
  }

  private void create() throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** Returns the default tower, whose id (33 bytes) is the content of {@code teos_pk.der}. */
  public Optional<PublicKey> defaultTower() throws IOException {
    byte[] id;
    try {
      id = Files.readAllBytes(defaultTowerFile());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(PublicKey.of(id));
    } catch (IllegalArgumentException e) {
      throw new IOException(defaultTowerFile() + " does not contain a tower's id (33 bytes)", e);
    }
  }

  /** Makes {@code tower} the default. */
  public void setDefaultTower(PublicKey tower) throws IOException {
    DurableFile.write(defaultTowerFile(), tower.bytes(), DurableFile.Access.EVERYONE);
  }

  private void clearDefaultTower() throws IOException {
    if (Files.exists(defaultTowerFile())) {
      DurableFile.delete(defaultTowerFile());
    }
  }

  private Path defaultTowerFile() {
    return folder.resolve("teos_pk.der");
  }

  /**
   * Moves all files of {@code tower} to {@code removed/}, which makes the tower unknown. If it was
   * the default, the most recently registered of the others becomes the default.
   *
   * @param evenIfQueued whether to remove it although appointments are queued
   * @return the new folder
   * @throws IllegalStateException if appointments are queued and {@code evenIfQueued} is false
   */
  public Path remove(PublicKey tower, boolean evenIfQueued) throws IOException {
    Path removed = Files.createDirectories(folder.resolve("removed"));
    Path target =
        removed.resolve(tower.toHex() + "-" + TowerFolder.TIMESTAMP.format(Instant.now()));
    tower(tower).move(target, evenIfQueued);
    if (defaultTower().equals(Optional.of(tower))) {
      Optional<KnownTower> latest =
          towers().stream().max(Comparator.comparing(KnownTower::registeredAt));
      if (latest.isPresent()) {
        setDefaultTower(latest.get().parties().tower());
      } else {
        clearDefaultTower();
      }
    }
    return target;
  }

  /** Returns the files of {@code tower}. */
  public TowerFolder tower(PublicKey tower) {
    return new TowerFolder(folder.resolve("towers").resolve(tower.toHex()));
  }

  /** Returns all towers that the user has registered with, sorted by id. */
  public List<KnownTower> towers() throws IOException {
    List<PublicKey> ids = new ArrayList<>();
    Path towers = folder.resolve("towers");
    if (Files.isDirectory(towers)) {
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(towers)) {
        for (Path one : folders) {
          String name = one.getFileName().toString();
          if (name.matches("0[23][0-9a-f]{64}")) {
            ids.add(PublicKey.fromHex(name));
          }
        }
      }
    }
    ids.sort(null);
    List<KnownTower> found = new ArrayList<>();
    for (PublicKey id : ids) {
      tower(id).tower().ifPresent(found::add);
    }
    return found;
  }
}
