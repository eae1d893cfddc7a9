package teos.teosd.cluster;

import java.util.Optional;
import teos.protocol.PublicKey;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.tower.database.Database;
import teos.tower.store.TowerIdDBM;

/** All processes on one PostgreSQL database sign with one key: users know the tower by it. */
public final class SharedTowerId {

  private static final TowerIdDBM IDS = new TowerIdDBM();

  private SharedTowerId() {}

  /** The id that the tower is known by, if it is not {@code own} any more. */
  public static Optional<PublicKey> other(Database database, PublicKey own) {
    return database.read(IDS::load).filter(id -> !id.equals(own));
  }

  /**
   * @param own the id of this process's key
   * @param overwrite whether that is to be the tower's from now on
   * @throws StartupException if the tower is known by another
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
          "the database is of the tower "
              + other.get()
              + ", and this key is of "
              + own
              + ": put a copy of that tower's teos_sk.der into the data folder");
    }
  }
}
