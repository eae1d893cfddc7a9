package teos.migration.backup;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import teos.common.DurableFile;
import teos.common.KeyFile;
import teos.migration.CancellationToken;
import teos.migration.MigrationException;
import teos.protocol.PublicKey;
import teos.tower.database.DatabaseCopy;

/**
 * Makes one file with all that makes a tower the one that it is: a ZIP with the database as it is
 * at one moment, the key, and the certificates of the operator's RPC. {@link Manifest} is its first
 * entry. The tower may run meanwhile.
 */
public final class Backup {

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final TowerFiles tower;
  private final InstantSource clock;
  private final Consumer<String> progress;
  private final CancellationToken cancellation;

  public Backup(
      TowerFiles tower,
      InstantSource clock,
      Consumer<String> progress,
      CancellationToken cancellation) {
    this.tower = tower;
    this.clock = clock;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /**
   * Makes it; it has its name when all of it is on disk. Takes twice the database's size meanwhile.
   *
   * @param file which must not exist; it gets mode 0600
   * @return what is in it, for people
   * @throws MigrationException if there is such a file, or no tower
   * @throws teos.tower.database.StorageException if the database cannot be copied
   */
  public String write(Path file) throws IOException, MigrationException {
    Path target = file.toAbsolutePath().normalize();
    requireNew(target);
    if (!Files.exists(tower.database()) || !Files.exists(tower.key())) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          "there is no tower: " + tower.key() + " and " + tower.database() + " are expected");
    }
    PublicKey id = new KeyFile(tower.key(), "the tower's key").load().publicKey();
    try (StagingDirectory work = StagingDirectory.in(DurableFile.folderOf(target))) {
      progress.accept(
          "copying the database, %,d MB".formatted(Files.size(tower.database()) / 1_000_000));
      Path database = work.path().resolve(TowerFiles.DATABASE);
      Instant made = clock.instant();
      long commits = DatabaseCopy.create(tower.database(), database);
      cancellation.check();
      Map<String, Path> parts = new LinkedHashMap<>();
      parts.put(TowerFiles.KEY, tower.key());
      tower
          .certificatesByName()
          .forEach(
              (name, path) -> {
                if (Files.exists(path)) {
                  parts.put(name, path);
                }
              });
      parts.put(TowerFiles.DATABASE, database);
      Map<String, String> checksums = new LinkedHashMap<>();
      for (Map.Entry<String, Path> part : parts.entrySet()) {
        checksums.put(part.getKey(), Checksum.of(part.getValue()));
      }
      cancellation.check();
      Manifest contents = new Manifest(id.toHex(), tower.network(), commits, made, checksums);
      Path fresh = work.path().resolve("backup");
      pack(fresh, contents, parts);
      cancellation.check();
      requireNew(target);
      Files.move(fresh, target);
      DurableFile.sync(DurableFile.folderOf(target));
      return "backup of tower %s, %s, up to commit %,d: %s, %,d MB"
          .formatted(
              id, tower.network(), commits, target, Math.ceilDiv(Files.size(target), 1_000_000));
    }
  }

  private static void requireNew(Path file) throws MigrationException {
    if (Files.exists(file)) {
      throw new MigrationException(
          MigrationException.Kind.TARGET, file + " is there already, and is left as it is");
    }
    Path folder = DurableFile.folderOf(file);
    if (!Files.isDirectory(folder)) {
      throw new MigrationException(
          MigrationException.Kind.TARGET, "the folder " + folder + " is not there");
    }
  }

  private void pack(Path file, Manifest contents, Map<String, Path> parts) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY);
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(Deflater.BEST_SPEED); // blobs are encrypted, and do not get smaller
      zip.putNextEntry(new ZipEntry(Manifest.NAME));
      zip.write(contents.encode());
      for (Map.Entry<String, Path> part : parts.entrySet()) {
        zip.putNextEntry(new ZipEntry(part.getKey()));
        try (InputStream in = Files.newInputStream(part.getValue())) {
          String packed =
              Checksum.copy(
                  in, zip, megabytes -> progress.accept("packed: %,d MB".formatted(megabytes)));
          if (!packed.equals(contents.checksums().get(part.getKey()))) {
            throw new IOException(
                part.getValue() + " has changed meanwhile: make the backup again");
          }
        }
      }
      zip.finish();
      out.flush();
      channel.force(true);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " is there already", e);
    }
  }
}
