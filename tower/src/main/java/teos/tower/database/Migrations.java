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
 * Makes the tables, or brings them up to date: unless a newer program has, or an older one watches.
 */
final class Migrations {

  private static final String HAS_LEASE =
      "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'lease')";

  private Migrations() {}

  /**
   * @param migrating told, in words for the operator, before tables that there are are changed
   * @throws StorageException if the tables are to be left as they are
   */
  static void run(StorageEngine engine, HikariDataSource writer, Consumer<String> migrating) {
    Flyway flyway =
        Flyway.configure(Database.class.getClassLoader())
            .dataSource(engine.migrating(writer))
            .locations("classpath:db/migration")
            .javaMigrations(new V8__SplitTrackers())
            .load();
    MigrationInfoService info = flyway.info();
    MigrationInfo current = info.current();
    if (current != null) {
      refuseNewer(info, current);
      if (engine instanceof Postgres && info.pending().length > 0) {
        refuseWatched(info, current, writer);
      }
      if (info.pending().length > 0) {
        migrating.accept(
            "migrating the database from version " + current.getVersion() + " to " + last(info));
      }
    }
    flyway.migrate();
  }

  private static MigrationVersion last(MigrationInfoService info) {
    return info.pending()[info.pending().length - 1].getVersion();
  }

  private static void refuseNewer(MigrationInfoService info, MigrationInfo current) {
    boolean newer =
        Arrays.stream(info.applied())
            .anyMatch(applied -> applied.getState() == MigrationState.FUTURE_SUCCESS);
    if (newer) {
      throw new StorageException(
          "its tables are of version "
              + current.getVersion()
              + ", which a newer java-teos has made,"
              + " and this one does not know: start that or a newer one",
          null);
    }
  }

  private static void refuseWatched(
      MigrationInfoService info, MigrationInfo current, HikariDataSource writer) {
    Optional<String> watching = Jdbi.create(writer).withHandle(Migrations::watching);
    if (watching.isPresent()) {
      throw new StorageException(
          "its tables are of version "
              + current.getVersion()
              + ", and "
              + watching.get()
              + " watches by these: stop it, and all others of its version, before this one brings"
              + " them to version "
              + last(info),
          null);
    }
  }

  private static Optional<String> watching(Handle handle) {
    boolean hasLease = handle.createQuery(HAS_LEASE).mapTo(Boolean.class).one();
    return hasLease
        ? Optional.of(Lease.seen(handle)).filter(Lease.Seen::held).map(Lease.Seen::holder)
        : Optional.empty();
  }
}
