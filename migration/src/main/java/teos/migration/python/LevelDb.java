package teos.migration.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.impl.Iq80DBFactory;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.BitcoindException;
import teos.migration.MigrationException;

/**
 * LevelDB with verification of all checksums. Opening a LevelDB moves its log into tables, so it
 * must be a copy.
 */
final class LevelDb implements AutoCloseable {

  private final DB db;
  private final Path original;
  private final List<String> damage;

  private LevelDb(DB db, Path original, List<String> damage) {
    this.db = db;
    this.original = original;
    this.damage = damage;
  }

  /** Receives the entries in the order of their keys. */
  @FunctionalInterface
  interface EntryConsumer {
    void accept(byte[] key, byte[] value) throws MigrationException, BitcoindException;
  }

  /**
   * Opens a LevelDB.
   *
   * @param copy its folder
   * @param original the folder that was copied, for messages
   * @throws MigrationException if it is damaged
   */
  static LevelDb open(Path copy, Path original) throws MigrationException {
    List<String> damage = new CopyOnWriteArrayList<>();
    Options options =
        new Options()
            .createIfMissing(false)
            .paranoidChecks(true)
            .compressionType(CompressionType.NONE)
            // LevelDB skips log records with a wrong checksum and only reports them to the logger.
            // The end of the log may be cut off: that write was not yet acknowledged.
            .logger(
                message -> {
                  if (message.startsWith("corruption")) {
                    damage.add(message);
                  }
                });
    try {
      DB db = Iq80DBFactory.factory.open(copy.toFile(), options);
      LevelDb opened = new LevelDb(db, original, damage);
      if (!damage.isEmpty()) {
        opened.close();
        throw damaged(original, damage.getFirst(), null);
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      throw damaged(original, String.valueOf(e.getMessage()), e);
    }
  }

  private static MigrationException damaged(
      Path original, String reason, @Nullable Throwable cause) {
    return new MigrationException(
        MigrationException.Kind.SOURCE,
        "the LevelDB " + original + " cannot be read: " + reason,
        cause);
  }

  /**
   * Passes all entries to {@code consumer}.
   *
   * @throws MigrationException if the database is damaged, or from {@code consumer}
   */
  void forEach(EntryConsumer consumer) throws MigrationException, BitcoindException {
    try (DBIterator all = db.iterator(new ReadOptions().verifyChecksums(true).fillCache(false))) {
      seekToFirst(all);
      for (Optional<Map.Entry<byte[], byte[]>> entry = next(all);
          entry.isPresent();
          entry = next(all)) {
        consumer.accept(entry.get().getKey(), entry.get().getValue());
      }
    }
    if (!damage.isEmpty()) {
      throw damaged(original, damage.getFirst(), null);
    }
  }

  private void seekToFirst(DBIterator all) throws MigrationException {
    try {
      all.seekToFirst();
    } catch (RuntimeException e) {
      throw damaged(original, String.valueOf(e.getMessage()), e);
    }
  }

  private Optional<Map.Entry<byte[], byte[]>> next(Iterator<Map.Entry<byte[], byte[]>> all)
      throws MigrationException {
    try {
      return all.hasNext() ? Optional.of(all.next()) : Optional.empty();
    } catch (RuntimeException e) { // the library throws several types
      throw damaged(original, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Returns the value of {@code key}; empty if the database does not contain it.
   *
   * @throws MigrationException if the database is damaged
   */
  Optional<byte[]> get(String key) throws MigrationException {
    try {
      return Optional.ofNullable(
          db.get(key.getBytes(UTF_8), new ReadOptions().verifyChecksums(true)));
    } catch (RuntimeException e) {
      throw damaged(original, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    try {
      db.close();
    } catch (IOException e) {
      throw new IllegalStateException("cannot close the copy of " + original, e);
    }
  }
}
