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
 * Backs up a tower to one file: a ZIP with a consistent copy of the database, the key, and the
 * certificates of the operator's RPC. {@link Manifest} is its first entry. The tower may be
 * running.
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
   * Writes the backup. The file appears under its name only when it is complete and on disk; until
   * then the backup needs twice the size of the database.
   *
   * @param file which must not exist; created with mode 0600
   * @return a summary of the backup for the operator
   * @throws MigrationException if the file exists, if there is no tower, or if the backup is
   *     cancelled
   * @throws teos.tower.database.StorageException if the database cannot be copied
   */
  public String write(Path file) throws IOException, MigrationException {
    Path target = file.toAbsolutePath().normalize();
    requireNew(target);
    if (!Files.exists(tower.database()) || !Files.exists(tower.key())) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          "no tower found: expected " + tower.key() + " and " + tower.database());
    }
    PublicKey id = new KeyFile(tower.key(), "the tower's key").load().publicKey();
    try (StagingDirectory staging = StagingDirectory.in(DurableFile.folderOf(target))) {
      progress.accept(
          "copying the database, %,d MB".formatted(Files.size(tower.database()) / 1_000_000));
      Path database = staging.path().resolve(TowerFiles.DATABASE);
      Instant created = clock.instant();
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
      Manifest manifest = new Manifest(id.toHex(), tower.network(), commits, created, checksums);
      Path packed = staging.path().resolve("backup");
      pack(packed, manifest, parts);
      cancellation.check();
      requireNew(target);
      Files.move(packed, target);
      DurableFile.sync(DurableFile.folderOf(target));
      return "backup of tower %s, %s, up to commit %,d: %s, %,d MB"
          .formatted(
              id, tower.network(), commits, target, Math.ceilDiv(Files.size(target), 1_000_000));
    }
  }

  private static void requireNew(Path file) throws MigrationException {
    if (Files.exists(file)) {
      throw new MigrationException(
          MigrationException.Kind.TARGET, file + " already exists; choose another file");
    }
    Path folder = DurableFile.folderOf(file);
    if (!Files.isDirectory(folder)) {
      throw new MigrationException(
          MigrationException.Kind.TARGET, "the folder " + folder + " does not exist");
    }
  }

  private void pack(Path file, Manifest manifest, Map<String, Path> parts) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY);
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(Deflater.BEST_SPEED); // blobs are encrypted and do not compress
      zip.putNextEntry(new ZipEntry(Manifest.NAME));
      zip.write(manifest.encode());
      for (Map.Entry<String, Path> part : parts.entrySet()) {
        zip.putNextEntry(new ZipEntry(part.getKey()));
        try (InputStream in = Files.newInputStream(part.getValue())) {
          String checksum =
              Checksum.copy(
                  in, zip, megabytes -> progress.accept("packed: %,d MB".formatted(megabytes)));
          if (!checksum.equals(manifest.checksums().get(part.getKey()))) {
            throw new IOException(
                part.getValue() + " changed during the backup; repeat the backup");
          }
        }
      }
      zip.finish();
      out.flush();
      channel.force(true);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " already exists", e);
    }
  }
}
