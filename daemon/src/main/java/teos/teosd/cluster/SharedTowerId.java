package teos.teosd.cluster;

import java.util.Optional;
import teos.protocol.PublicKey;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.tower.database.Database;
import teos.tower.store.TowerIdDBM;

/**
 * The tower id of a shared PostgreSQL database. All processes on it sign with the same key, because
 * users identify the tower by it.
 */
public final class SharedTowerId {

  private static final TowerIdDBM IDS = new TowerIdDBM();

  private SharedTowerId() {}

  /** Returns the id in the database if it differs from {@code own}: the key has been replaced. */
  public static Optional<PublicKey> other(Database database, PublicKey own) {
    return database.read(IDS::load).filter(id -> !id.equals(own));
  }

  /**
   * Checks that the database belongs to the tower of this process, and stores the id if the
   * database has none. Does nothing with an SQLite file.
   *
   * @param own the id of this process's key
   * @param overwrite whether to replace an id that is stored already
   * @throws StartupException if the database belongs to a tower with another id
   */
  public static void require(Database database, PublicKey own, boolean overwrite)
      throws StartupException {
    if (!database.isShared()) {
      return;
    }
    Optional<PublicKey> other =
        database.write(
            handle -> {
              Optional<PublicKey> known = IDS.load(handle);
              if (known.isEmpty() || overwrite) {
                IDS.store(handle, own);
                return Optional.empty();
              }
              return known.filter(id -> !id.equals(own));
            });
    if (other.isPresent()) {
      throw new StartupException(
          ExitCode.KEY,
          "the database belongs to the tower "
              + other.get()
              + ", but the key in the data folder is that of "
              + own
              + "; copy that tower's teos_sk.der into the data folder");
    }
  }
}
