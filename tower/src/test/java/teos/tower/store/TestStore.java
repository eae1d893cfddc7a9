package teos.tower.store;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.TestDatabase;
import teos.tower.database.Database;
import teos.tower.database.PostgresAddress;

/** Database for tests, of the kind that they run on, and records to store in it. */
public final class TestStore {

  /** Raw transaction with one input and one output. */
  public static final byte[] TRANSACTION =
      HexFormat.of()
          .parseHex(
              "0200000001" + "11".repeat(32) + "0000000000ffffffff01e8030000000000000000000000");

  private TestStore() {}

  /** Returns the id of a new user. */
  public static PublicKey newUser() {
    return SecretKey.generate(new SecureRandom()).publicKey();
  }

  /** Returns a locator that has {@code number} in its last bytes. */
  public static Locator locator(int number) {
    return Locator.fromHex("%032x".formatted(number));
  }

  /** Returns an appointment for {@link #locator} that begins at height 120. */
  public static StoredAppointment appointment(int locator, PublicKey user, int blobLength) {
    return new StoredAppointment(
        new Appointment(locator(locator), new byte[blobLength], 4_294_967_295L),
        user,
        "signature",
        120);
  }

  /**
   * Returns a tracker for {@link #locator}, whose penalty txid begins with the byte {@code penalty}
   * in internal order.
   */
  public static Tracker tracker(int locator, PublicKey user, int penalty, PenaltyStatus status) {
    byte[] penaltyTxid = new byte[32];
    penaltyTxid[0] = (byte) penalty;
    return new Tracker(
        locator(locator),
        user,
        1,
        Txid.ofInternal(new byte[32]),
        OptionalInt.empty(),
        Penalty.plain(Txid.ofInternal(penaltyTxid)),
        status);
  }

  /** Stores a tracker whose dispute and penalty are {@link #TRANSACTION}. */
  public static boolean storeTracker(Handle handle, Tracker tracker) {
    return !new TrackersDBM()
        .store(handle, List.of(new NewTracker(tracker, TRANSACTION, TRANSACTION)))
        .isEmpty();
  }

  /** Opens the SQLite database in {@code file}, or the PostgreSQL database that stands for it. */
  public static Database open(Path file) throws IOException, InterruptedException {
    return open(file, step -> {});
  }

  public static Database open(Path file, Consumer<String> migrating)
      throws IOException, InterruptedException {
    return TestDatabase.isPostgres()
        ? Database.open(new PostgresAddress(TestDatabase.url(file), "", ""), migrating)
        : Database.open(file, migrating);
  }
}
