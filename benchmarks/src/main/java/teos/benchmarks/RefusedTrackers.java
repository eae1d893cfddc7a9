package teos.benchmarks;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import teos.bitcoin.RawTransactions;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.FundingUtxos;
import teos.tower.database.Database;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.NewTracker;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/**
 * Writes trackers of other users into a tower's database whose penalty bitcoind refuses, because it
 * pays no fee.
 */
final class RefusedTrackers {

  /** Number of users that the trackers belong to. */
  private static final int USERS = 100;

  private static final int BATCH_SIZE = 10_000;
  private static final long FEE = 1_000;

  private RefusedTrackers() {}

  /**
   * Adds {@code count} trackers to the database {@code file}, all of them due to be rebroadcast.
   */
  static void add(Path file, Bitcoind bitcoind, int count) {
    FundingUtxos coins = new FundingUtxos(bitcoind, 1, 0);
    String dispute = coins.spend(FEE).getFirst();
    bitcoind.mineBlockWith(List.of(dispute));
    int height = bitcoind.rpc("getblockcount").asInt();
    byte[] disputeTx = HexFormat.of().parseHex(dispute);
    byte[] penaltyTx = coins.child(dispute, 0, 0);
    List<PublicKey> strangers =
        new SecureRandom()
            .ints(USERS)
            .mapToObj(i -> SecretKey.generate(new SecureRandom()).publicKey())
            .toList();
    try (Database database = Database.open(file)) {
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      UsersDBM users = new UsersDBM();
      TrackersDBM trackers = new TrackersDBM();
      database.execute(
          handle -> {
            strangers.forEach(
                user ->
                    users.store(
                        handle,
                        new UserRecord(user, Dialect.V2, 0, height, StoredAppointments.NEVER)));
          });
      Random random = new Random();
      for (int from = 0; from < count; from += BATCH_SIZE) {
        int first = from;
        database.execute(
            handle -> {
              for (int i = first; i < Math.min(count, first + BATCH_SIZE); i++) {
                byte[] locator = new byte[Locator.LENGTH];
                random.nextBytes(locator);
                Tracker tracker =
                    new Tracker(
                        new Locator(locator),
                        strangers.get(i % USERS),
                        1,
                        RawTransactions.txid(disputeTx),
                        OptionalInt.of(height),
                        Penalty.plain(RawTransactions.txid(penaltyTx)),
                        new PenaltyStatus.Refused(height, "min relay fee not met"));
                appointments.insertAppointments(
                    handle,
                    List.of(
                        new StoredAppointment(
                            new Appointment(tracker.locator(), new byte[200], 144),
                            tracker.user(),
                            "y".repeat(104),
                            height)));
                trackers.store(handle, List.of(new NewTracker(tracker, disputeTx, penaltyTx)));
              }
            });
      }
    }
  }
}
