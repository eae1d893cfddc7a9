package teos.tower.database;

import java.util.Optional;
import teos.protocol.Dialect;
import teos.tower.store.TestStore;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** Users as records that tests of a database write and read. */
final class TestUsers {

  private static final UsersDBM USERS = new UsersDBM();

  private TestUsers() {}

  static UserRecord user(long slots) {
    return new UserRecord(TestStore.newUser(), Dialect.V2, slots, 1, 1_000);
  }

  static boolean insert(Database database, UserRecord user) {
    return database.write(handle -> USERS.insert(handle, user));
  }

  static Optional<UserRecord> load(Database database, UserRecord user) {
    return database.read(handle -> USERS.load(handle, user.id()));
  }
}
