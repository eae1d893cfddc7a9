package teos.tower.database;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import teos.tower.store.V8__SplitTrackers;

/**
 * Creates the tables or migrates them to this version, unless they are from a newer version or a
 * tower of an older version is using them.
 */
final class Migrations {

  private static final String HAS_LEASE =
      "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'lease')";

  private Migrations() {}

  /**
   * @param migrating receives a text for the operator before existing tables are changed
   * @throws StorageException if the tables must not be changed
   */
  static void run(StorageEngine engine, HikariDataSource writer, Consumer<String> migrating) {
    Flyway flyway =
        Flyway.configure(Database.class.getClassLoader())
            .dataSource(engine.migrationSource(writer))
            .locations("classpath:db/migration")
            .javaMigrations(new V8__SplitTrackers())
            .load();
    MigrationInfoService info = flyway.info();
    MigrationInfo current = info.current();
    if (current != null) {
      requireNotNewer(info, current);
      if (engine instanceof Postgres && info.pending().length > 0) {
        requireNotWatched(info, current, writer);
      }
      if (info.pending().length > 0) {
        migrating.accept(
            "migrating the database from version "
                + current.getVersion()
                + " to "
                + targetVersion(info));
      }
    }
    flyway.migrate();
  }

  private static MigrationVersion targetVersion(MigrationInfoService info) {
    return info.pending()[info.pending().length - 1].getVersion();
  }

  private static void requireNotNewer(MigrationInfoService info, MigrationInfo current) {
    boolean newer =
        Arrays.stream(info.applied())
            .anyMatch(applied -> applied.getState() == MigrationState.FUTURE_SUCCESS);
    if (newer) {
      throw new StorageException(
          "its tables have version "
              + current.getVersion()
              + ", from a newer java-teos; start that version or a newer one",
          null);
    }
  }

  private static void requireNotWatched(
      MigrationInfoService info, MigrationInfo current, HikariDataSource writer) {
    Optional<String> holder = Jdbi.create(writer).withHandle(Migrations::leaseHolder);
    if (holder.isPresent()) {
      throw new StorageException(
          "its tables have version "
              + current.getVersion()
              + ", and "
              + holder.get()
              + " is watching with them: stop it, and all other towers of its version, before this"
              + " one migrates them to version "
              + targetVersion(info),
          null);
    }
  }

  private static Optional<String> leaseHolder(Handle handle) {
    boolean hasLease = handle.createQuery(HAS_LEASE).mapTo(Boolean.class).one();
    return hasLease
        ? Optional.of(Lease.read(handle))
            .filter(Lease.LeaseState::held)
            .map(Lease.LeaseState::holder)
        : Optional.empty();
  }
}
