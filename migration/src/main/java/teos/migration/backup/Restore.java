package teos.migration.backup;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import teos.common.DurableFile;
import teos.common.KeyFile;
import teos.migration.CancellationToken;
import teos.migration.MigrationException;
import teos.migration.MigrationMarker;
import teos.tower.database.DatabaseCopy;
import teos.tower.database.StorageException;

/**
 * Restores a file of {@link Backup} to a data folder without a tower. Checks the whole backup
 * before it moves any file to its place.
 */
public final class Restore {

  private final TowerFiles tower;
  private final Path dataFolder;
  private final Consumer<String> progress;
  private final CancellationToken cancellation;

  /**
   * @param tower paths to restore to
   * @param dataFolder in which the backup is unpacked and checked
   */
  public Restore(
      TowerFiles tower,
      Path dataFolder,
      Consumer<String> progress,
      CancellationToken cancellation) {
    this.tower = tower;
    this.dataFolder = dataFolder;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /**
   * Restores the backup {@code file}. Existing certificates are not overwritten.
   *
   * @return a summary of the restored tower for the operator
   * @throws MigrationException if the file is not a complete backup or belongs to another network,
   *     or if the data folder contains a tower; nothing has been restored in these cases
   */
  public String read(Path file) throws IOException, MigrationException {
    if (!Files.isRegularFile(file)) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          file + " does not exist; expected a file written by teosd backup");
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Manifest manifest = manifest(zip, file);
      requireEntries(zip, manifest, file);
      if (!manifest.network().equals(tower.network())) {
        throw new MigrationException(
            MigrationException.Kind.SOURCE,
            file
                + " is a backup of a tower on "
                + manifest.network()
                + ", but btc_network is "
                + tower.network());
      }
      MigrationMarker marker = new MigrationMarker(dataFolder);
      String operation =
          "restore of a backup made " + manifest.created() + ", tower id " + manifest.towerId();
      requireNoTower(marker, operation);
      try (StagingDirectory staging = StagingDirectory.in(dataFolder)) {
        Map<String, Path> parts = unpack(zip, manifest, file, staging);
        cancellation.check();
        requireIntact(manifest, parts, file);
        marker.set(operation);
        place(manifest, parts);
        marker.clear();
      }
      return "restored: tower %s, %s, as it was at %s, up to commit %,d"
          .formatted(
              manifest.towerId(), manifest.network(), manifest.created(), manifest.commits());
    } catch (ZipException | EOFException e) {
      throw incomplete(file, "it is not a ZIP file, or its end is missing", e);
    }
  }

  private static MigrationException incomplete(Path file, String reason, Exception cause) {
    return new MigrationException(
        MigrationException.Kind.SOURCE, file + " is not a complete backup: " + reason, cause);
  }

  private static MigrationException incomplete(Path file, String reason) {
    return new MigrationException(
        MigrationException.Kind.SOURCE, file + " is not a complete backup: " + reason);
  }

  private static Manifest manifest(ZipFile zip, Path file) throws IOException, MigrationException {
    ZipEntry entry = zip.getEntry(Manifest.NAME);
    if (entry == null) {
      throw incomplete(file, "it has no " + Manifest.NAME);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return Manifest.decode(in);
    } catch (RuntimeException e) { // also thrown for invalid numbers and times
      throw incomplete(file, String.valueOf(e.getMessage()), e);
    }
  }

  private void requireEntries(ZipFile zip, Manifest manifest, Path file) throws MigrationException {
    Set<String> found = new HashSet<>();
    zip.stream().map(ZipEntry::getName).forEach(found::add);
    found.remove(Manifest.NAME);
    if (!found.equals(manifest.checksums().keySet())) {
      throw incomplete(
          file, "expected the entries " + manifest.checksums().keySet() + ", found " + found);
    }
    Set<String> known = new HashSet<>(tower.certificatesByName().keySet());
    known.addAll(List.of(TowerFiles.DATABASE, TowerFiles.KEY));
    if (!known.containsAll(found)
        || !found.containsAll(List.of(TowerFiles.DATABASE, TowerFiles.KEY))) {
      throw incomplete(
          file,
          "expected "
              + TowerFiles.DATABASE
              + ", "
              + TowerFiles.KEY
              + " and certificates, found "
              + found);
    }
  }

  private void requireNoTower(MigrationMarker marker, String operation)
      throws IOException, MigrationException {
    Optional<String> unfinished = marker.operation();
    if (unfinished.isPresent()) {
      if (unfinished.get().equals(operation)) {
        return; // repeats an interrupted restore
      }
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder contains another unfinished migration ("
              + unfinished.get()
              + "); this is a "
              + operation
              + ". Finish that migration, or empty the folder");
    }
    Set<Path> files = new HashSet<>(DatabaseCopy.filesOf(tower.database()));
    files.add(tower.key());
    for (Path file : files) {
      if (Files.exists(file)) {
        throw new MigrationException(
            MigrationException.Kind.TARGET,
            "the data folder is not empty: "
                + file
                + " exists. Choose an empty folder (--datadir)");
      }
    }
  }

  private Map<String, Path> unpack(
      ZipFile zip, Manifest manifest, Path file, StagingDirectory staging)
      throws IOException, MigrationException {
    Map<String, Path> parts = new HashMap<>();
    for (Map.Entry<String, String> expected : manifest.checksums().entrySet()) {
      cancellation.check();
      String name = expected.getKey();
      Path part = staging.path().resolve(name);
      String found;
      try (InputStream in = zip.getInputStream(zip.getEntry(name));
          OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE_NEW)) {
        found =
            Checksum.copy(
                in, out, megabytes -> progress.accept("unpacked: %,d MB".formatted(megabytes)));
      } catch (ZipException | EOFException e) {
        throw incomplete(file, name + " cannot be unpacked: " + e.getMessage(), e);
      }
      if (!found.equals(expected.getValue())) {
        throw incomplete(file, "the checksum of " + name + " does not match");
      }
      parts.put(name, part);
    }
    return parts;
  }

  private static Path part(Map<String, Path> parts, String name) {
    return Objects.requireNonNull(parts.get(name), name);
  }

  private void requireIntact(Manifest manifest, Map<String, Path> parts, Path file)
      throws IOException, MigrationException {
    String id =
        new KeyFile(part(parts, TowerFiles.KEY), "the backup's key").load().publicKey().toHex();
    if (!id.equals(manifest.towerId())) {
      throw incomplete(file, "its key belongs to tower " + id + ", not to " + manifest.towerId());
    }
    progress.accept("checking the database");
    try {
      long commits = DatabaseCopy.requireIntact(part(parts, TowerFiles.DATABASE));
      if (commits != manifest.commits()) {
        throw incomplete(
            file, "its database has " + commits + " commits, not " + manifest.commits());
      }
    } catch (StorageException e) {
      throw incomplete(file, String.valueOf(e.getMessage()), e);
    }
  }

  /** Moves the files to their places. The key comes last: a folder without it is not a tower. */
  private void place(Manifest manifest, Map<String, Path> parts) throws IOException {
    for (Path old : DatabaseCopy.filesOf(tower.database())) {
      Files.deleteIfExists(old);
    }
    Files.createDirectories(DurableFile.folderOf(tower.database()));
    try (var database =
        FileChannel.open(part(parts, TowerFiles.DATABASE), StandardOpenOption.WRITE)) {
      database.force(true);
    }
    DurableFile.move(part(parts, TowerFiles.DATABASE), tower.database());
    DatabaseCopy.writeCommitCounter(tower.database(), manifest.commits());
    for (Map.Entry<String, Path> certificate : tower.certificatesByName().entrySet()) {
      Path part = parts.get(certificate.getKey());
      if (part == null) {
        continue;
      }
      if (Files.exists(certificate.getValue())) {
        progress.accept(certificate.getValue() + " already exists and is kept");
        continue;
      }
      Files.createDirectories(certificate.getValue().toAbsolutePath().getParent());
      boolean secret = certificate.getKey().endsWith("-key.pem");
      DurableFile.write(
          certificate.getValue(),
          Files.readAllBytes(part),
          secret ? DurableFile.Access.OWNER : DurableFile.Access.EVERYONE);
    }
    Files.createDirectories(tower.key().toAbsolutePath().getParent());
    DurableFile.write(
        tower.key(), Files.readAllBytes(parts.get(TowerFiles.KEY)), DurableFile.Access.OWNER);
  }
}
