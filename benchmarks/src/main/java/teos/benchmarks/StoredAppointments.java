package teos.benchmarks;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.database.Database;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** Writes appointments directly into a tower's database. */
public final class StoredAppointments {

  /** Height that no benchmark reaches. */
  public static final long NEVER = 1_000_000;

  private static final int SLOTS = 10_000;
  private static final int BLOB_BYTES = 330 + 16;
  private static final int BATCH_SIZE = 250_000;
  private static final int START = 120;

  private StoredAppointments() {}

  /** Creates the database {@code file} with {@code count} appointments of random locators. */
  static void fill(Path file, int count) {
    add(file, count, NEVER);
  }

  /**
   * Adds {@code count} appointments of random locators to the database {@code file}.
   *
   * @param expiry height at which their users' subscriptions end
   */
  public static void add(Path file, int count, long expiry) {
    UsersDBM users = new UsersDBM();
    Random random = new Random();
    byte[] locator = new byte[Locator.LENGTH];
    byte[] blob = new byte[BLOB_BYTES];
    String signature = "y".repeat(104); // as long as a real one
    try (Database database = Database.open(file)) {
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      PublicKey[] user = new PublicKey[1];
      for (int from = 0; from < count; from += BATCH_SIZE) {
        int first = from;
        database.execute(
            handle -> {
              List<StoredAppointment> fresh = new ArrayList<>();
              for (int i = first; i < Math.min(count, first + BATCH_SIZE); i++) {
                if (i % SLOTS == 0) {
                  user[0] = SecretKey.generate(new SecureRandom()).publicKey();
                  users.store(handle, new UserRecord(user[0], Dialect.V2, 0, START, expiry));
                }
                random.nextBytes(locator);
                random.nextBytes(blob);
                fresh.add(
                    new StoredAppointment(
                        new Appointment(new Locator(locator), blob, 144),
                        user[0],
                        signature,
                        START));
              }
              // In index order: otherwise each page of the index is written many times.
              fresh.sort(
                  Comparator.comparing(
                      stored -> stored.appointment().locator().bytes(), Arrays::compareUnsigned));
              appointments.insertAppointments(handle, fresh);
            });
      }
    }
  }

  /** Returns the number of appointments in the database {@code file}. */
  public static long count(Path file) {
    try (Database database = Database.open(file)) {
      return new AppointmentsDBM(database).countAppointments();
    }
  }
}
