package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.Outpoint;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.testkit.TestDatabase;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Retry;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerKey;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/** Migration of a database whose trackers include their transactions. */
class SplitTrackersTest {

  private static final PublicKey USER =
      PublicKey.fromHex("02" + "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
  private static final Txid DISPUTE = Txid.ofInternal(txid("aa"));

  @TempDir Path folder;

  private final TrackersDBM trackers = new TrackersDBM();
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final TransactionsDBM transactions = new TransactionsDBM();

  @Test
  void migrate_keepsTransactionsAndStoresASharedDisputeOnce() throws Exception {
    Path file = folder.resolve("db");
    StorageEngine engine =
        TestDatabase.isPostgres()
            ? new Postgres(new PostgresAddress(TestDatabase.url(file), "", ""))
            : new Sqlite(file);
    try (HikariDataSource writer = engine.writer()) {
      Flyway.configure()
          .dataSource(engine.migrationSource(writer))
          .locations("classpath:db/migration")
          .target("7")
          .load()
          .migrate();
      Jdbi.create(writer)
          .useHandle(
              handle -> {
                for (int i = 0; i < 450; i++) { // several pages
                  insert(handle, i, i == 449 ? Txid.ofInternal(txid("bb")) : DISPUTE);
                }
              });
    }
    List<String> messages = new ArrayList<>();
    try (Database database = TestStore.open(file, messages::add)) {
      assertThat(messages)
          .singleElement()
          .asString()
          .matches("migrating .* from version 7 to \\d+");
      database.read(
          handle -> {
            assertThat(count(handle, "disputes")).isEqualTo(2);
            assertThat(count(handle, "penalties")).isEqualTo(450);
            Tracker refused =
                trackers.load(handle, new TrackerKey(locator(2), USER, 0)).orElseThrow();
            assertThat(refused.status()).isEqualTo(new PenaltyStatus.Refused(7, "why"));
            assertThat(refused.retry()).isEqualTo(Retry.FIRST);
            assertThat(refused.disputeHeight()).isEqualTo(OptionalInt.of(8));
            assertThat(
                    trackers
                        .load(handle, new TrackerKey(locator(3), USER, 0))
                        .orElseThrow()
                        .retry())
                .isEqualTo(Retry.NEVER);
            assertThat(transactions.dispute(handle, DISPUTE)).contains(spending("11", 0));
            assertThat(transactions.penalty(handle, refused.trackerKey()))
                .contains(spending("aa", 2));
            // The dispute's output is stored with the penalty; outputs that the dispute spends are
            // stored as outpoints.
            assertThat(
                    transactions.penaltiesSpendingOutput(handle, List.of(refused.trackerKey()), 2))
                .containsExactly(refused.trackerKey());
            assertThat(
                    transactions.penaltiesSpendingOutput(handle, List.of(refused.trackerKey()), 1))
                .isEmpty();
            assertThat(transactions.spenders(handle, List.of(outpoint("11", 0), outpoint("aa", 2))))
                .isEqualTo(
                    Map.of(
                        outpoint("11", 0), Set.of(DISPUTE, Txid.ofInternal(txid("bb"))),
                        outpoint("aa", 2), Set.of(Txid.ofInternal(txid("cc")))));
            return true;
          });
      database.execute(
          handle -> {
            List<Tracker> all = search.all(handle, Optional.empty(), 1_000);
            trackers.deleteAppointments(handle, all.subList(1, 450));
            assertThat(count(handle, "disputes")).isEqualTo(1);
            trackers.deleteAppointments(handle, List.of(all.getFirst()));
            for (String table : List.of("disputes", "penalties", "outpoints", "trackers")) {
              assertThat(count(handle, table)).as(table).isZero();
            }
          });
    }
  }

  private static int count(Handle handle, String table) {
    return handle.createQuery("SELECT COUNT(*) FROM " + table).mapTo(Integer.class).one();
  }

  private static void insert(Handle handle, int number, Txid dispute) {
    handle.execute(
        "INSERT INTO trackers (locator, user_id, slots, dispute_tx, dispute_txid, dispute_height,"
            + " penalty_tx, penalty_txid, status, status_height, status_reason)"
            + " VALUES (?, ?, 1, ?, ?, 8, ?, ?, ?, 7, 'why')",
        locator(number).bytes(),
        USER.bytes(),
        spending("11", 0),
        dispute.internal(),
        spending("aa", 2),
        txid("cc"),
        number % 7);
  }

  private static Locator locator(int number) {
    return Locator.fromHex("%032x".formatted(number));
  }

  private static byte[] txid(String eachByte) {
    return HexFormat.of().parseHex(eachByte.repeat(32));
  }

  private static Outpoint outpoint(String eachByte, int index) {
    return new Outpoint(Txid.ofInternal(txid(eachByte)), index);
  }

  /** Returns a raw transaction with one input and one output. */
  private static byte[] spending(String eachByte, int index) {
    return HexFormat.of()
        .parseHex(
            "0200000001"
                + eachByte.repeat(32)
                + "%02x000000".formatted(index)
                + "00ffffffff01e8030000000000000000000000");
  }
}
