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
 * Puts what {@link Backup} has made into a data folder without a tower. All of it is checked before
 * anything is put in its place.
 */
public final class Restore {

  private final TowerFiles tower;
  private final Path dataFolder;
  private final Consumer<String> progress;
  private final CancellationToken cancellation;

  /**
   * @param tower where the files go
   * @param dataFolder where they are unpacked and checked first
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
   * Puts the backup {@code file} there. Certificates that are there stay as they are.
   *
   * @return what is there now, for people
   * @throws MigrationException if the file is no backup, not whole or another network's, or if
   *     there is a tower; nothing has been put there then
   */
  public String read(Path file) throws IOException, MigrationException {
    if (!Files.isRegularFile(file)) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          file + " is not there: a file of teosd backup is expected");
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Manifest contents = contents(zip, file);
      requireEntries(zip, contents, file);
      if (!contents.network().equals(tower.network())) {
        throw new MigrationException(
            MigrationException.Kind.SOURCE,
            file
                + " is of a tower on "
                + contents.network()
                + ", and btc_network is "
                + tower.network());
      }
      MigrationMarker marker = new MigrationMarker(dataFolder);
      String what =
          "restore of a backup made " + contents.made() + ", tower id " + contents.towerId();
      requireNoTower(marker, what);
      try (StagingDirectory work = StagingDirectory.in(dataFolder)) {
        Map<String, Path> parts = unpack(zip, contents, file, work);
        cancellation.check();
        requireWhole(contents, parts, file);
        marker.set(what);
        place(contents, parts);
        marker.clear();
      }
      return "restored: tower %s, %s, as it was at %s, up to commit %,d"
          .formatted(contents.towerId(), contents.network(), contents.made(), contents.commits());
    } catch (ZipException | EOFException e) {
      throw broken(file, "it is no ZIP, or its end is missing", e);
    }
  }

  private static MigrationException broken(Path file, String why, Exception cause) {
    return new MigrationException(
        MigrationException.Kind.SOURCE, file + " is no backup that is whole: " + why, cause);
  }

  private static MigrationException broken(Path file, String why) {
    return new MigrationException(
        MigrationException.Kind.SOURCE, file + " is no backup that is whole: " + why);
  }

  private static Manifest contents(ZipFile zip, Path file) throws IOException, MigrationException {
    ZipEntry entry = zip.getEntry(Manifest.NAME);
    if (entry == null) {
      throw broken(file, "it has no " + Manifest.NAME);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return Manifest.decode(in);
    } catch (RuntimeException e) { // of numbers and times, too
      throw broken(file, String.valueOf(e.getMessage()), e);
    }
  }

  private void requireEntries(ZipFile zip, Manifest contents, Path file) throws MigrationException {
    Set<String> found = new HashSet<>();
    zip.stream().map(ZipEntry::getName).forEach(found::add);
    found.remove(Manifest.NAME);
    if (!found.equals(contents.checksums().keySet())) {
      throw broken(
          file, contents.checksums().keySet() + " are expected in it, and there are " + found);
    }
    Set<String> known = new HashSet<>(tower.certificatesByName().keySet());
    known.addAll(List.of(TowerFiles.DATABASE, TowerFiles.KEY));
    if (!known.containsAll(found)
        || !found.containsAll(List.of(TowerFiles.DATABASE, TowerFiles.KEY))) {
      throw broken(file, "it holds " + found);
    }
  }

  private void requireNoTower(MigrationMarker marker, String what)
      throws IOException, MigrationException {
    Optional<String> begun = marker.operation();
    if (begun.isPresent()) {
      if (begun.get().equals(what)) {
        return; // it was cut off, and is done again
      }
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder contains another unfinished migration ("
              + begun.get()
              + "); this is a "
              + what
              + ". Finish that migration, or empty the folder");
    }
    Set<Path> files = new HashSet<>(DatabaseCopy.filesOf(tower.database()));
    files.add(tower.key());
    for (Path file : files) {
      if (Files.exists(file)) {
        throw new MigrationException(
            MigrationException.Kind.TARGET,
            "the data folder is not empty: " + file + " is there. Choose an empty one (--datadir)");
      }
    }
  }

  private Map<String, Path> unpack(ZipFile zip, Manifest contents, Path file, StagingDirectory work)
      throws IOException, MigrationException {
    Map<String, Path> parts = new HashMap<>();
    for (Map.Entry<String, String> expected : contents.checksums().entrySet()) {
      cancellation.check();
      String name = expected.getKey();
      Path part = work.path().resolve(name);
      String found;
      try (InputStream in = zip.getInputStream(zip.getEntry(name));
          OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE_NEW)) {
        found =
            Checksum.copy(
                in, out, megabytes -> progress.accept("unpacked: %,d MB".formatted(megabytes)));
      } catch (ZipException | EOFException e) {
        throw broken(file, name + " cannot be unpacked: " + e.getMessage(), e);
      }
      if (!found.equals(expected.getValue())) {
        throw broken(file, "the checksum of " + name + " is another than when it was made");
      }
      parts.put(name, part);
    }
    return parts;
  }

  private static Path part(Map<String, Path> parts, String name) {
    return Objects.requireNonNull(parts.get(name), name);
  }

  private void requireWhole(Manifest contents, Map<String, Path> parts, Path file)
      throws IOException, MigrationException {
    String id =
        new KeyFile(part(parts, TowerFiles.KEY), "the backup's key").load().publicKey().toHex();
    if (!id.equals(contents.towerId())) {
      throw broken(file, "its key is that of tower " + id + ", not of " + contents.towerId());
    }
    progress.accept("checking the database");
    try {
      long commits = DatabaseCopy.requireIntact(part(parts, TowerFiles.DATABASE));
      if (commits != contents.commits()) {
        throw broken(file, "its database has " + commits + " commits, not " + contents.commits());
      }
    } catch (StorageException e) {
      throw broken(file, String.valueOf(e.getMessage()), e);
    }
  }

  /** The key comes last: without it nothing can be mistaken for a tower. */
  private void place(Manifest contents, Map<String, Path> parts) throws IOException {
    for (Path old : DatabaseCopy.filesOf(tower.database())) {
      Files.deleteIfExists(old);
    }
    Files.createDirectories(DurableFile.folderOf(tower.database()));
    try (var database =
        FileChannel.open(part(parts, TowerFiles.DATABASE), StandardOpenOption.WRITE)) {
      database.force(true);
    }
    DurableFile.move(part(parts, TowerFiles.DATABASE), tower.database());
    DatabaseCopy.writeCommitCounter(tower.database(), contents.commits());
    for (Map.Entry<String, Path> certificate : tower.certificatesByName().entrySet()) {
      Path part = parts.get(certificate.getKey());
      if (part == null) {
        continue;
      }
      if (Files.exists(certificate.getValue())) {
        progress.accept(certificate.getValue() + " is there, and is left as it is");
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
