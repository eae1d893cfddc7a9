package teos.tower.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.store.OutboxDBM.OutboxEntry;

/** Outbox of front ends, on either database. */
class OutboxDBMTest {

  private static final PublicKey USER = TestStore.newUser();

  /** Greater than all ids. */
  private static final byte[] END = {-1};

  private final OutboxDBM outbox = new OutboxDBM();

  @OpenDatabase private Database database;

  @Test
  void entriesUpTo_laterEntryAdded_returnsOnlyEarlierOnes() {
    assertThat(database.<Optional<byte[]>>read(outbox::lastId)).isEmpty();
    List<AppointmentKey> keys = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      keys.add(new AppointmentKey(TestStore.locator(i), USER));
    }
    database.execute(
        handle -> {
          outbox.add(handle, keys);
        });
    byte[] last = database.read(outbox::lastId).orElseThrow();
    await(2); // milliseconds: ids from now on are greater
    database.execute(
        handle -> {
          outbox.add(handle, List.of(new AppointmentKey(TestStore.locator(10), USER)));
        });
    assertThat(database.<List<OutboxEntry>>read(h -> outbox.entriesUpTo(h, last, 100)))
        .extracting(OutboxEntry::key)
        .containsExactlyInAnyOrderElementsOf(keys);
  }

  private static void await(long millis) {
    long until = System.currentTimeMillis() + millis;
    while (System.currentTimeMillis() < until) {
      Thread.onSpinWait();
    }
  }

  @Test
  void delete_sameAppointmentAddedMeanwhile_keepsTheNewEntry() {
    AppointmentKey key = new AppointmentKey(TestStore.locator(1), USER);
    for (int i = 0; i < 2; i++) {
      database.execute(
          handle -> {
            List<OutboxEntry> earlier = outbox.entriesUpTo(handle, END, 10);
            outbox.add(handle, List.of(key));
            outbox.delete(handle, earlier);
          });
      assertThat(database.<List<OutboxEntry>>read(handle -> outbox.entriesUpTo(handle, END, 10)))
          .extracting(OutboxEntry::key)
          .containsExactly(key);
    }
  }
}
