package teos.tower.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.inventory.Inventory.Totals;
import teos.tower.responder.FeeEstimates;
import teos.tower.responder.Verdict;
import teos.tower.store.AppointmentKey;
import teos.tower.store.PenaltyStatus;

/** Totals, pages and lists of an inventory, on either database. */
class InventoryTest {

  private static final int ALL = Integer.MAX_VALUE;

  private final List<PublicKey> users = Stock.newUsers(3);
  private Stock stock;

  @BeforeEach
  void open() throws Exception {
    stock = new Stock();
  }

  @AfterEach
  void close() throws IOException {
    stock.close();
  }

  @Test
  void newDatabase_isEmpty() {
    assertThat(stock.inventory().visit(null, Optional.empty(), entry -> false)).isTrue();
    assertThat(stock.inventory().totals()).isEqualTo(new Totals(0, 0, 0));
    assertThat(stock.inventory().users(Optional.empty(), ALL)).isEmpty();
  }

  @Test
  void visit_watchedBeforeAnsweredEachInKeyOrder() {
    AppointmentKey high = stock.watch(Stock.locator(0xff), users.get(0));
    AppointmentKey low = stock.watch(Stock.locator(0x00), users.get(2));
    AppointmentKey midSecond = stock.watch(Stock.locator(0x80), users.get(1));
    AppointmentKey midFirst = stock.watch(Stock.locator(0x80), users.get(0));
    AppointmentKey answeredHigh = stock.answer(stock.watch(Stock.locator(0x90), users.get(0)));
    AppointmentKey answeredLow = stock.answer(stock.watch(Stock.locator(0x01), users.get(1)));
    List<InventoryEntry> all = stock.all();
    assertThat(all.stream().map(Stock::key))
        .containsExactly(low, midFirst, midSecond, high, answeredLow, answeredHigh);
    assertThat(all.subList(0, 4)).allMatch(InventoryEntry.Watched.class::isInstance);
    assertThat(all.subList(4, 6)).allMatch(InventoryEntry.Responded.class::isInstance);
    assertThat(stock.inventory().totals()).isEqualTo(new Totals(0, 4, 2));
  }

  @Test
  void visit_returnsWhetherAllEntriesWereTaken() {
    stock.watch(Stock.locator(1), users.get(0));
    stock.answer(stock.watch(Stock.locator(2), users.get(0)));
    List<InventoryEntry> seen = new ArrayList<>();
    assertThat(stock.inventory().visit(null, Optional.empty(), seen::add)).isTrue();
    assertThat(seen).hasSize(2);
    assertThat(stock.inventory().visit(null, Optional.empty(), entry -> false)).isFalse();
    assertThat(
            stock
                .inventory()
                .visit(null, Optional.empty(), InventoryEntry.Watched.class::isInstance))
        .isFalse();
    assertThat(stock.inventory().visit(seen.getLast().cursor(), Optional.empty(), entry -> false))
        .isTrue();
  }

  @Test
  void visit_oneLocator_givesOnlyItsEntries() {
    Locator wanted = Stock.locator(7);
    AppointmentKey second = stock.watch(wanted, users.get(1));
    AppointmentKey answered = stock.answer(stock.watch(wanted, users.get(2)));
    AppointmentKey first = stock.watch(wanted, users.get(0));
    for (int other : new int[] {0, 6, 8, 255}) {
      stock.watch(Stock.locator(other), users.get(0));
      stock.answer(stock.watch(Stock.locator(other), users.get(1)));
    }
    List<InventoryEntry> found = stock.page(null, Optional.of(wanted), ALL);
    assertThat(found.stream().map(Stock::key)).containsExactly(first, second, answered);
    for (int i = 0; i < found.size(); i++) {
      List<InventoryEntry> rest = stock.page(found.get(i).cursor(), Optional.of(wanted), ALL);
      assertThat(Stock.cursors(rest)).isEqualTo(Stock.cursors(found.subList(i + 1, found.size())));
    }
    assertThat(stock.page(null, Optional.of(Stock.locator(9)), ALL)).isEmpty();
  }

  @Test
  void visit_bundle_givesAllItsPenaltiesInOneEntry() {
    AppointmentKey key = stock.watch(Stock.locator(3), users.get(0));
    stock.answer(
        Stock.penalty(key, 1, 1_000, new PenaltyStatus.Confirmed(8)),
        Stock.penalty(key, 2, 1_000, new PenaltyStatus.Standby(8), 0),
        Stock.penalty(key, 3, 2_000, new PenaltyStatus.InMempool(8), 0));
    stock.answer(stock.watch(Stock.locator(4), users.get(0)));
    for (Optional<Locator> only : List.of(Optional.<Locator>empty(), Optional.of(key.locator()))) {
      assertThat(stock.page(null, only, ALL).getFirst())
          .isInstanceOfSatisfying(
              InventoryEntry.Responded.class,
              entry -> {
                assertThat(entry.tracker().penalty().member()).isEqualTo(3);
                assertThat(entry.all())
                    .extracting(each -> each.penalty().member())
                    .containsExactlyInAnyOrder(1, 2, 3);
              });
    }
    assertThat(stock.page(null, Optional.empty(), ALL)).hasSize(2);
  }

  @Test
  void verdicts_countEachAppointmentOnceByItsWorstPenalty() {
    stock.estimate(new FeeEstimates(1_000, Map.of(2, 50_000L, 24, 20_000L)));
    PenaltyStatus inMempool = new PenaltyStatus.InMempool(8);
    List<AppointmentKey> keys = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      keys.add(stock.watch(Stock.locator(i), users.get(0)));
    }
    stock.answer(Stock.penalty(keys.get(0), 0, 20_000, inMempool));
    stock.answer(
        Stock.penalty(keys.get(1), 1, 1_000, inMempool, 0),
        Stock.penalty(keys.get(1), 2, 20_000, new PenaltyStatus.Standby(8), 0));
    stock.answer(
        Stock.penalty(keys.get(2), 1, 20_000, inMempool),
        Stock.penalty(keys.get(2), 2, 19_999, inMempool));
    stock.answer(Stock.penalty(keys.get(3), 0, 999, new PenaltyStatus.Pending(8)));
    stock.answer(Stock.penalty(keys.get(4), 0, 999, new PenaltyStatus.Confirmed(8)));
    stock.answer(Stock.penalty(keys.get(5), 0, 999, new PenaltyStatus.DisputeMissing(8, "why")));
    assertThat(stock.inventory().verdicts())
        .isEqualTo(
            Map.of(
                Verdict.LIKELY,
                2L,
                Verdict.UNKNOWN,
                0L,
                Verdict.AT_RISK,
                1L,
                Verdict.UNLIKELY,
                1L));
  }

  @Test
  void visit_answeredBetweenTwoPages_isNotMissed() {
    List<AppointmentKey> keys = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      keys.add(stock.watch(Stock.locator(i), users.get(0)));
    }
    List<InventoryEntry> first = stock.page(null, Optional.empty(), 3);
    // Before the cursor, at the cursor, and after it.
    stock.answer(keys.get(0));
    stock.answer(keys.get(2));
    stock.answer(keys.get(4));
    List<InventoryEntry> rest = stock.page(first.getLast().cursor(), Optional.empty(), ALL);
    assertThat(rest.stream().map(Stock::key))
        .containsExactly(keys.get(3), keys.get(5), keys.get(0), keys.get(2), keys.get(4));
  }

  @Test
  void visit_fromADeletedEntry_continuesAfterIt() {
    List<AppointmentKey> keys = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      keys.add(stock.watch(Stock.locator(i), users.get(0)));
    }
    List<InventoryEntry> first = stock.page(null, Optional.empty(), 2);
    stock.delete(keys.get(1));
    assertThat(stock.page(first.getLast().cursor(), Optional.empty(), ALL).stream().map(Stock::key))
        .containsExactly(keys.get(2), keys.get(3));
  }

  @Test
  void usersAndLocators_areOrderedAndPaged() {
    for (int i : new int[] {2, 0, 1}) {
      stock.register(users.get(i));
    }
    List<Locator> locators = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      locators.add(Stock.locator(i * 80));
      stock.watch(locators.getLast(), users.get(1));
      stock.watch(Stock.locator(i * 80 + 1), users.get(0));
    }
    stock.answer(
        new AppointmentKey(locators.get(2), users.get(1))); // still an appointment of the user
    Inventory inventory = stock.inventory();
    assertThat(inventory.users(Optional.empty(), ALL)).isEqualTo(users);
    assertThat(inventory.users(Optional.empty(), 2)).isEqualTo(users.subList(0, 2));
    for (int i = 0; i < users.size(); i++) {
      assertThat(inventory.users(Optional.of(users.get(i)), ALL))
          .isEqualTo(users.subList(i + 1, users.size()));
    }
    assertThat(inventory.locatorsOf(users.get(1), Optional.empty(), ALL)).isEqualTo(locators);
    for (int i = 0; i < locators.size(); i++) {
      assertThat(inventory.locatorsOf(users.get(1), Optional.of(locators.get(i)), 1))
          .isEqualTo(locators.subList(i + 1, Math.min(i + 2, locators.size())));
    }
    assertThat(inventory.locatorsOf(users.get(2), Optional.empty(), ALL)).isEmpty();
  }

  @Test
  void holders_countWatchedAndAnsweredAppointments() {
    for (PublicKey user : users) {
      stock.register(user);
    }
    for (int i = 0; i < 3; i++) {
      stock.watch(Stock.locator(i), users.get(1));
    }
    stock.answer(new AppointmentKey(Stock.locator(2), users.get(1))); // counts like the others
    stock.watch(Stock.locator(9), users.get(2));
    PublicKey stranger = Stock.newUsers(1).getFirst();
    List<PublicKey> ids = List.of(users.get(2), stranger, users.get(1), users.get(0));
    assertThat(stock.inventory().holders(ids))
        .extracting(holder -> holder.user().id(), Inventory.UserHoldings::appointments)
        .containsExactly(tuple(users.get(0), 0L), tuple(users.get(1), 3L), tuple(users.get(2), 1L));
    assertThat(stock.inventory().holders(List.of())).isEmpty();
  }
}
