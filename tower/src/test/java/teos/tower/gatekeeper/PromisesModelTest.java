package teos.tower.gatekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.testkit.TemporaryFolder;
import teos.tower.appointments.AppointmentAccepted;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.appointments.AppointmentRejectedException.Reason;
import teos.tower.appointments.AppointmentService;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.gatekeeper.Gatekeeper.TowerFullException;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TestStore;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UserRecord.Usage;
import teos.tower.store.UsersDBM;

/**
 * Registrations of any keys in both dialects, appointments, deletions and blocks in any order, by
 * the real gatekeeper on a real database: every receipt is honoured at every later height until its
 * subscription ends.
 */
@Tag("soak")
class PromisesModelTest {

  private static final int START = 1_000;
  private static final int EXPIRY_DELTA = 3;
  private static final int USERS = 3;

  sealed interface Step {}

  record Register(int user, Dialect dialect) implements Step {}

  record Add(int user, int locator, int slots) implements Step {}

  record Delete(int user, int locator) implements Step {}

  record Mine(int blocks) implements Step {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> user = Arbitraries.integers().between(0, USERS - 1);
    Arbitrary<Integer> locator = Arbitraries.integers().between(0, 5);
    Arbitrary<Step> register =
        Combinators.combine(user, Arbitraries.of(Dialect.class)).as(Register::new);
    Arbitrary<Step> add =
        Combinators.combine(user, locator, Arbitraries.integers().between(1, 4)).as(Add::new);
    Arbitrary<Step> delete = Combinators.combine(user, locator).as(Delete::new);
    Arbitrary<Step> mine =
        Arbitraries.oneOf(
                Arbitraries.integers().between(1, 8), Arbitraries.integers().between(100, 200))
            .map(Mine::new);
    return Arbitraries.frequencyOf(
            Tuple.of(3, register), Tuple.of(4, add), Tuple.of(1, delete), Tuple.of(2, mine))
        .list()
        .ofMinSize(1)
        .ofMaxSize(60);
  }

  @Provide
  Arbitrary<SubscriptionTerms> terms() {
    return Combinators.combine(
            Arbitraries.of(3L, 100L, 4_294_967_295L), Arbitraries.of(1L, 5L, 150L, 4_294_967_295L))
        .as((slots, duration) -> new SubscriptionTerms(slots, duration, EXPIRY_DELTA));
  }

  @Provide
  Arbitrary<Long> capacities() {
    return Arbitraries.of(1L, 7L, 400L, 1_000_000L, 1L << 45);
  }

  @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
  void everyReceiptIsHonouredUntilItsSubscriptionEnds(
      @ForAll("steps") List<Step> steps,
      @ForAll("terms") SubscriptionTerms terms,
      @ForAll("capacities") long capacity)
      throws Exception {
    try (TemporaryFolder folder = TemporaryFolder.create("promises-");
        Database database = TestStore.open(folder.path().resolve("teos.sqlite"))) {
      Tower tower = new Tower(database, terms, capacity);
      for (Step step : steps) {
        tower.run(step);
        tower.check();
      }
    }
  }

  /** The real parts, and a model of the receipts that they gave. */
  private static final class Tower {
    private final Database database;
    private final Gatekeeper gatekeeper;
    private final AppointmentService appointments;
    private final SubscriptionTerms terms;
    private final long capacity;

    /** Slots that renewals were granted when none was free. */
    private long over;

    private final List<PublicKey> users =
        IntStream.range(0, USERS)
            .mapToObj(i -> SecretKey.generate(new SecureRandom()).publicKey())
            .toList();
    private final Map<PublicKey, Promised> promised = new HashMap<>();
    private int height = START;
    private int sent;

    /**
     * Contents of one user's receipts.
     *
     * @param start height at which the subscription began
     * @param expiry height at which it ends
     * @param held free slots and those of stored appointments
     * @param signed whether the user has signed a request
     * @param dialect dialect that the user's receipts are in
     */
    private record Promised(
        long start, long expiry, long held, boolean signed, Optional<Dialect> dialect) {}

    Tower(Database database, SubscriptionTerms terms, long capacity) {
      this.database = database;
      this.terms = terms;
      this.capacity = capacity;
      AppointmentsDBM table = new AppointmentsDBM(database);
      TrackersDBM trackers = new TrackersDBM();
      gatekeeper =
          new Gatekeeper(
              database,
              new UsersDBM(),
              table,
              trackers,
              new Capacity(database, capacity),
              terms,
              START);
      appointments =
          AppointmentService.watching(database, table, trackers, gatekeeper, stored -> {});
    }

    void run(Step step) {
      switch (step) {
        case Register(int user, Dialect dialect) -> register(users.get(user), dialect);
        case Add(int user, int locator, int slots) -> add(users.get(user), locator(locator), slots);
        case Delete(int user, int locator) -> delete(users.get(user), locator(locator));
        case Mine(int blocks) -> mine(blocks);
      }
    }

    private static Locator locator(int number) {
      return new Locator(ByteBuffer.allocate(Locator.LENGTH).putInt(number).array());
    }

    private void register(PublicKey user, Dialect dialect) {
      Promised before = promised.get(user);
      long heldBefore = before == null ? 0 : before.held;
      long freeBefore = gatekeeper.user(user).map(UserRecord::availableSlots).orElse(0L);
      boolean noneFree = gatekeeper.capacity().usage().free() == 0;
      RegistrationReceipt receipt;
      try {
        receipt = gatekeeper.addOrUpdateUser(user, dialect);
      } catch (TowerFullException e) {
        assertThat(before).isNull();
        assertThat(gatekeeper.capacity().usage().free()).isZero();
        return;
      } catch (Gatekeeper.MaxSlotsReachedException e) {
        assertThat(freeBefore).isGreaterThanOrEqualTo(4_294_967_295L);
        return;
      }
      long granted = receipt.availableSlots() - freeBefore;
      over += noneFree ? granted : 0;
      assertThat(granted).isLessThanOrEqualTo(noneFree ? 1 : terms.slots());
      assertThat(granted).isBetween(before == null ? 1L : 0L, terms.slots());
      assertThat(receipt.subscriptionExpiry()).isGreaterThan(height);
      if (before != null && dialect == Dialect.V2 && before.expiry < 4_294_967_295L) {
        assertThat(receipt.subscriptionExpiry())
            .as("rust-teos's client rejects a receipt that does not end later")
            .isGreaterThan(before.expiry);
        if (before.expiry < height + terms.duration() && freeBefore < 4_294_967_295L) {
          assertThat(granted)
              .as("rust-teos's client rejects a receipt without more slots")
              .isPositive();
        }
      }
      promised.put(
          user,
          new Promised(
              before == null ? receipt.subscriptionStart() : before.start,
              Math.max(before == null ? 0 : before.expiry, receipt.subscriptionExpiry()),
              heldBefore + granted,
              before != null && before.signed,
              before != null && before.signed ? before.dialect : Optional.of(dialect)));
    }

    private void add(PublicKey user, Locator locator, int slots) {
      Optional<UserRecord> known = gatekeeper.user(user);
      Appointment appointment = new Appointment(locator, new byte[2_048 * slots], 144);
      try {
        AppointmentAccepted accepted =
            appointments.addAppointment(appointment, "signature " + sent++, user);
        Promised before = Objects.requireNonNull(promised.get(user));
        assertThat(accepted.dialect()).isEqualTo(before.dialect.orElseThrow());
        promised.put(
            user, new Promised(before.start, before.expiry, before.held, true, before.dialect));
      } catch (AppointmentRejectedException e) {
        switch (e.reason()) {
          case NOT_REGISTERED -> assertThat(known).isEmpty();
          case SUBSCRIPTION_EXPIRED ->
              assertThat(Objects.requireNonNull(promised.get(user)).expiry)
                  .isLessThanOrEqualTo(height);
          case NOT_ENOUGH_SLOTS ->
              assertThat(known.orElseThrow().availableSlots()).isLessThan(slots);
          default -> assertThat(e.reason()).isEqualTo(Reason.NOT_REGISTERED);
        }
      }
    }

    private void delete(PublicKey user, Locator locator) {
      if (gatekeeper.user(user).filter(known -> !gatekeeper.hasExpired(known)).isPresent()) {
        appointments.deleteAppointment(locator, user, OptionalLong.empty(), "signature");
      }
    }

    private void mine(int blocks) {
      boolean low = gatekeeper.capacity().usage().isLow();
      for (int i = 0; i < blocks; i++) {
        height++;
        gatekeeper.blockConnected(height);
      }
      promised.values().removeIf(each -> height >= each.expiry + EXPIRY_DELTA);
      promised
          .entrySet()
          .removeIf(
              each ->
                  low
                      && !each.getValue().signed
                      && each.getValue().start + Gatekeeper.UNUSED_BLOCKS <= height
                      && gatekeeper.user(each.getKey()).isEmpty());
    }

    void check() {
      long held = 0;
      for (PublicKey user : users) {
        Optional<UserRecord> known = gatekeeper.user(user);
        Promised receipt = promised.get(user);
        if (receipt == null) {
          continue;
        }
        assertThat(known).as("user with a receipt").isPresent();
        UserRecord record = known.orElseThrow();
        assertThat(record.subscriptionStart()).isEqualTo(receipt.start);
        assertThat(record.subscriptionExpiry()).isEqualTo(receipt.expiry);
        assertThat(record.reservedSlots()).isEqualTo(receipt.held);
        assertThat(record.availableSlots() + storedSlots(user)).isEqualTo(receipt.held);
        assertThat(record.usage() == Usage.USED).isEqualTo(receipt.signed);
        assertThat(Optional.of(record.dialect())).isEqualTo(receipt.dialect);
        held += record.reservedSlots();
      }
      assertThat(gatekeeper.capacity().usage().reserved())
          .isEqualTo(held)
          .isLessThanOrEqualTo(capacity + over);
    }

    private long storedSlots(PublicKey user) {
      List<Long> all = new ArrayList<>();
      database.read(
          handle ->
              all.addAll(
                  handle
                      .createQuery(
                          "SELECT length(encrypted_blob) FROM appointments WHERE user_id = ?")
                      .bind(0, user.bytes())
                      .mapTo(Long.class)
                      .list()));
      return all.stream().mapToLong(length -> Appointment.slots(length.intValue())).sum();
    }
  }
}
