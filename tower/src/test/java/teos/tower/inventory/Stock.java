package teos.tower.inventory;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.TemporaryFolder;
import teos.tower.database.Database;
import teos.tower.responder.FeeEstimates;
import teos.tower.responder.Forecaster;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.NewTracker;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.SharedOutputs;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** Database on disk with appointments of several users, and its inventory. */
final class Stock implements AutoCloseable {

  /** Height of the tip. */
  static final int HEIGHT = 1_000;

  private final TemporaryFolder folder;
  private final Database database;
  private final UsersDBM users = new UsersDBM();
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers = new TrackersDBM();
  private final Inventory inventory;
  private volatile FeeEstimates estimates = FeeEstimates.NONE;

  Stock() throws IOException, InterruptedException {
    folder = TemporaryFolder.create("inventory-");
    database = TestStore.open(folder.path().resolve("teos.sqlite"));
    appointments = new AppointmentsDBM(database);
    inventory =
        new Inventory(
            database, users, appointments, trackers, new Forecaster(() -> estimates, () -> HEIGHT));
  }

  Inventory inventory() {
    return inventory;
  }

  /** Returns a locator whose order is known: {@code first} is its first byte. */
  static Locator locator(int first) {
    return Locator.fromHex("%02x".formatted(first) + "ff00".repeat(7) + "aa");
  }

  /** Returns new users in the order of their ids. */
  static List<PublicKey> newUsers(int count) {
    List<PublicKey> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(SecretKey.generate(new SecureRandom()).publicKey());
    }
    ids.sort(Comparator.comparing(PublicKey::toHex));
    return ids;
  }

  void register(PublicKey user) {
    database.execute(
        handle -> {
          users.store(handle, new UserRecord(user, Dialect.V2, 100, 1, 1_000));
        });
  }

  AppointmentKey watch(Locator locator, PublicKey user) {
    Appointment appointment = new Appointment(locator, new byte[] {1, 2, 3}, 144);
    database.execute(
        handle -> {
          appointments.storeAppointment(
              handle, new StoredAppointment(appointment, user, "signature", 7));
        });
    return new AppointmentKey(locator, user);
  }

  /** Stores a tracker, as if the dispute of {@code key} had been seen. */
  AppointmentKey answer(AppointmentKey key) {
    Tracker tracker =
        new Tracker(
            key.locator(),
            key.user(),
            1,
            Txid.ofInternal(new byte[32]),
            OptionalInt.of(8),
            Penalty.plain(Txid.ofInternal(new byte[32])),
            new PenaltyStatus.Pending(8));
    database.write(handle -> TestStore.storeTracker(handle, tracker));
    return key;
  }

  /** Returns a penalty for {@link #answer}, whose deadline is in 24 blocks. */
  static Tracker penalty(
      AppointmentKey key, int member, long feeRate, PenaltyStatus status, int... shared) {
    byte[] txid = new byte[32];
    txid[0] = (byte) member;
    return new Tracker(
        key.locator(),
        key.user(),
        1,
        Txid.ofInternal(new byte[32]),
        OptionalInt.of(HEIGHT + 25 - 144),
        new Penalty(
            Txid.ofInternal(txid),
            member,
            OptionalLong.of(feeRate),
            144,
            SharedOutputs.of(shared),
            Optional.empty()),
        status);
  }

  /** Stores the trackers of an appointment, as if its dispute had been seen. */
  AppointmentKey answer(Tracker... all) {
    database.write(
        handle ->
            trackers.store(
                handle,
                Stream.of(all)
                    .map(each -> new NewTracker(each, TestStore.TRANSACTION, TestStore.TRANSACTION))
                    .toList()));
    return all[0].key();
  }

  /** Sets bitcoind's estimates. */
  void estimate(FeeEstimates now) {
    estimates = now;
  }

  void delete(AppointmentKey key) {
    database.execute(
        handle -> {
          appointments.deleteAppointment(handle, key.locator(), key.user());
        });
  }

  /** Returns up to {@code limit} entries of a walk from {@code from}. */
  List<InventoryEntry> page(@Nullable Cursor from, Optional<Locator> only, int limit) {
    List<InventoryEntry> page = new ArrayList<>();
    Predicate<InventoryEntry> visitor =
        entry -> {
          if (page.size() == limit) {
            return false;
          }
          page.add(entry);
          return true;
        };
    inventory.visit(from, only, visitor);
    return page;
  }

  List<InventoryEntry> all() {
    return page(null, Optional.empty(), Integer.MAX_VALUE);
  }

  /**
   * Returns the cursors of {@code entries}, which identify them: trackers with transactions are
   * equal only to themselves.
   */
  static List<Cursor> cursors(List<InventoryEntry> entries) {
    return entries.stream().map(InventoryEntry::cursor).toList();
  }

  static AppointmentKey key(InventoryEntry entry) {
    return entry.cursor().key();
  }

  @Override
  public void close() throws IOException {
    database.close();
    folder.close();
  }
}
