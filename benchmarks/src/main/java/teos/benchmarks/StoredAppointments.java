package teos.benchmarks;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Database;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** Appointments that are in a tower's database without having been sent. */
final class StoredAppointments {

  private static final int SLOTS = 10_000;
  private static final int BLOB_BYTES = 330 + 16;
  private static final int IN_ONE_TRANSACTION = 50_000;

  private StoredAppointments() {}

  /** Makes the database {@code file}, with {@code count} appointments of random locators. */
  static void fill(Path file, int count) {
    UsersDBM users = new UsersDBM();
    Random random = new Random(1);
    byte[] locator = new byte[Locator.LENGTH];
    byte[] blob = new byte[BLOB_BYTES];
    String signature = "y".repeat(104); // as long as one
    List<PublicKey> ids = new ArrayList<>();
    try (Database database = Database.open(file)) {
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      for (int from = 0; from < count; from += IN_ONE_TRANSACTION) {
        int first = from;
        database.write(
            handle -> {
              for (int i = first; i < Math.min(count, first + IN_ONE_TRANSACTION); i++) {
                if (i % SLOTS == 0) {
                  ids.add(SecretKey.generate(new SecureRandom()).publicKey());
                  users.store(
                      handle, new UserRecord(ids.getLast(), Dialect.V2, 0, 120, 1_000_000));
                }
                random.nextBytes(locator);
                random.nextBytes(blob);
                appointments.storeAppointment(
                    handle,
                    new StoredAppointment(
                        new Appointment(new Locator(locator), blob, 144),
                        ids.getLast(),
                        signature,
                        120));
              }
              return null;
            });
      }
    }
  }
}
