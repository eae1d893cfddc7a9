package teos.teosd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.iq80.leveldb.DB;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.bitcoin.RawTransactions;
import teos.config.Config;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.teosd.command.ImportCommand;
import teos.teosd.process.DataFolder;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;
import teos.tower.store.StoredAppointment;

/** Imports from both reference towers, with a real bitcoind. */
@Tag("bitcoind")
class ImportTest {

  private static final long FEE_RATE = 10;
  private static final long SLOTS = 77;
  private static final HexFormat HEX = HexFormat.of();

  /** Writer of the folder that is imported. */
  enum Writer {
    PYTHON(Dialect.V1),
    PYTHON_TEOSS_OWN_CODE(Dialect.V1),
    RUST(Dialect.V2);

    final Dialect dialect;

    Writer(Dialect dialect) {
      this.dialect = dialect;
    }

    void write(Path folder, OldTower tower) throws Exception {
      switch (this) {
        case PYTHON -> OldTowerFolder.writePython(folder, tower);
        case RUST -> OldTowerFolder.writeRust(folder, tower);
        case PYTHON_TEOSS_OWN_CODE -> {
          Path facts = Files.createTempFile("facts-", ".json");
          Files.writeString(facts, OldTowerFolder.pythonFacts(tower).toString());
          PythonClient.run("v1_tower_folder.py", List.of("--folder=" + folder, "--facts=" + facts));
          Files.delete(facts);
        }
      }
    }
  }

  /** For users that only sign and never connect. */
  private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path temp;

  private static SecretKey newKey() {
    return SecretKey.generate(new SecureRandom());
  }

  private static int height() {
    return bitcoind.rpc("getblockcount").asInt();
  }

  private Path target() {
    return temp.resolve("new");
  }

  private Config config(Map<String, String> more) throws Exception {
    Map<String, String> settings = RunningTower.settings(bitcoind);
    settings.putAll(more);
    return TeosDaemon.getConfig(settings, target());
  }

  private void importFrom(Path folder) throws Exception {
    assertThat(ImportCommand.run(config(Map.of()), folder)).isEqualTo(ExitCode.OK);
  }

  private void assertRefused(Path folder, ExitCode code, String... words) throws Exception {
    Config config = config(Map.of());
    try {
      ImportCommand.run(config, folder);
    } catch (StartupException e) {
      assertThat(e.getMessage()).contains(words);
      assertThat(e.exitCode()).isEqualTo(code);
      return;
    }
    throw new AssertionError("was imported");
  }

  private RunningTower startTower() throws Exception {
    return RunningTower.start(bitcoind, target(), Map.of());
  }

  /** Channel of a user, and the user's appointment for it. */
  private record ChannelAppointment(
      LightningChannel channel, StoredAppointment stored, TowerUser user) {

    String rawDispute() {
      return HEX.formatHex(channel.commitment());
    }

    String penalty() {
      return channel.penaltyTxid(FEE_RATE).toString();
    }

    String status() throws Exception {
      TowerUser.Reply reply = user.get(stored.appointment().locator());
      return reply.status() == 200 ? reply.json().path("status").asText() : reply.text();
    }

    void awaitPenaltyInMempool() throws Exception {
      Eventually.holds("penalty in the mempool", () -> bitcoind.mempool().contains(penalty()));
    }
  }

  private static ChannelAppointment watch(OldTower tower, SecretKey user) throws Exception {
    TowerUser signer = new TowerUser(NOWHERE, tower.dialect, user);
    LightningChannel channel = LightningChannel.open(bitcoind);
    StoredAppointment stored =
        tower.take(
            signer.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)),
            user,
            height());
    return new ChannelAppointment(channel, stored, signer);
  }

  private static ChannelAppointment at(
      RunningTower tower, ChannelAppointment appointment, SecretKey user, Dialect dialect) {
    return new ChannelAppointment(
        appointment.channel, appointment.stored, new TowerUser(tower.api(), dialect, user));
  }

  private static Map<Path, String> contents(Path folder) throws IOException {
    Map<Path, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        contents.put(
            file,
            Files.getLastModifiedTime(file)
                + " "
                + (Files.isRegularFile(file) ? Arrays.hashCode(Files.readAllBytes(file)) : 0));
      }
    }
    return contents;
  }

  /** Returns a tower with a subscription of {@code user}. */
  private static OldTower oldTowerOf(SecretKey user, Dialect dialect) {
    OldTower old = new OldTower(newKey(), dialect);
    old.register(user.publicKey(), SLOTS, 100, height() + 1_000);
    return old;
  }

  @ParameterizedTest
  @EnumSource
  void importedTowerContinues(Writer writer) throws Exception {
    SecretKey user = newKey();
    OldTower old = oldTowerOf(user, writer.dialect);
    ChannelAppointment watched = watch(old, user);
    ChannelAppointment missed = watch(old, user);
    ChannelAppointment unconfirmed = watch(old, user);
    ChannelAppointment confirmed = watch(old, user);
    bitcoind.mineBlockWith(List.of(confirmed.rawDispute()));
    bitcoind.mineBlockWith(List.of(HEX.formatHex(confirmed.channel.penalty(FEE_RATE))));
    old.answer(
        confirmed.stored,
        confirmed.channel.commitment(),
        confirmed.channel.penalty(FEE_RATE),
        height(),
        true);
    bitcoind.mineBlockWith(List.of(unconfirmed.rawDispute()));
    old.answer(
        unconfirmed.stored,
        unconfirmed.channel.commitment(),
        unconfirmed.channel.penalty(FEE_RATE),
        height(),
        false);
    old.lastBlock = bitcoind.bestBlockHash();
    Path folder = temp.resolve("old/regtest");
    writer.write(folder, old);
    Map<Path, String> before = contents(temp.resolve("old"));
    // While no tower runs, a breach happens, and bitcoind has lost the penalty that was broadcast.
    bitcoind.mineBlockWith(List.of(missed.rawDispute()));

    importFrom(temp.resolve("old"));

    assertThat(contents(temp.resolve("old"))).isEqualTo(before);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(target().resolve("regtest/teos_sk.der"))))
        .isEqualTo("rw-------");
    try (RunningTower tower = startTower()) {
      assertThat(tower.id()).isEqualTo(old.key.publicKey());
      ChannelAppointment nowWatched = at(tower, watched, user, writer.dialect);
      ChannelAppointment nowMissed = at(tower, missed, user, writer.dialect);
      ChannelAppointment nowUnconfirmed = at(tower, unconfirmed, user, writer.dialect);
      ChannelAppointment nowConfirmed = at(tower, confirmed, user, writer.dialect);
      nowMissed.awaitPenaltyInMempool();
      nowUnconfirmed.awaitPenaltyInMempool();
      assertThat(nowWatched.status()).isEqualTo("being_watched");
      assertThat(nowUnconfirmed.status()).isEqualTo("dispute_responded");
      assertThat(nowConfirmed.status()).isEqualTo("dispute_responded");

      TowerUser client = nowWatched.user;
      JsonNode subscription = client.subscription().json();
      assertThat(subscription.path("available_slots").asLong()).isEqualTo(SLOTS);
      assertThat(subscription.path("subscription_expiry").asLong())
          .isEqualTo(old.users.getFirst().expiry());
      LightningChannel fresh = LightningChannel.open(bitcoind);
      assertThat(
              client
                  .sendForReceipt(
                      client.appointment(fresh.commitmentTxid(), fresh.penalty(FEE_RATE)))
                  .signedBy())
          .isEqualTo(old.key.publicKey());

      bitcoind.mineBlockWith(List.of(watched.rawDispute()));
      nowWatched.awaitPenaltyInMempool();
      bitcoind.mine(100);
      BreachFixture.awaitHeight(bitcoind, tower);
      // Four are final and have returned their slots; the new appointment uses one.
      for (ChannelAppointment each : List.of(nowWatched, nowMissed, nowUnconfirmed, nowConfirmed)) {
        assertThat(bitcoind.rpc("gettxout", each.penalty(), 0).path("confirmations").asInt())
            .as("confirmations of a penalty")
            .isGreaterThanOrEqualTo(100);
      }
      Eventually.holds(
          "slots returned",
          () -> client.subscription().json().path("available_slots").asLong() == SLOTS + 4 - 1);
    }
  }

  /** The disputes and penalties have no unspent output, and bitcoind has no transaction index. */
  @ParameterizedTest
  @EnumSource(names = {"PYTHON", "RUST"})
  void trackersAreFoundInTheirBlocks(Writer writer) throws Exception {
    SecretKey user = newKey();
    OldTower old = oldTowerOf(user, writer.dialect);
    TowerUser signer = new TowerUser(NOWHERE, writer.dialect, user);
    List<byte[]> chain = spendingChain(3);
    Txid dispute = RawTransactions.txid(chain.get(0));
    StoredAppointment stored = old.take(signer.appointment(dispute, chain.get(1)), user, height());
    bitcoind.mineBlockWith(chain.subList(0, 1).stream().map(HEX::formatHex).toList());
    int disputeHeight = height();
    bitcoind.mineBlockWith(chain.subList(1, 3).stream().map(HEX::formatHex).toList());
    // The dispute's block is the last one that the old tower has seen.
    old.answer(stored, chain.get(0), chain.get(1), disputeHeight, false);
    old.lastBlock = bitcoind.bestBlockHash();
    writer.write(temp.resolve("old"), old);

    importFrom(temp.resolve("old"));

    assertThat(
            row(
                "SELECT hex(raw), dispute_height, status, status_height FROM trackers"
                    + " JOIN disputes ON txid = dispute_txid"))
        .containsExactly(
            HEX.withUpperCase().formatHex(chain.get(0)),
            Integer.toString(disputeHeight),
            "3", // confirmed
            Integer.toString(disputeHeight + 1));
  }

  /** Returns a chain of signed transactions, each of which spends the whole previous one. */
  private static List<byte[]> spendingChain(int length) {
    JsonNode coin = MissingNode.getInstance();
    for (JsonNode each : bitcoind.rpc("listunspent", 1)) {
      if (each.path("amount").asDouble() > coin.path("amount").asDouble()) {
        coin = each;
      }
    }
    String txid = coin.path("txid").asText();
    int vout = coin.path("vout").asInt();
    long amount = Math.round(coin.path("amount").asDouble() * 1e8);
    String script = coin.path("scriptPubKey").asText();
    List<byte[]> chain = new ArrayList<>();
    List<Map<String, Object>> previous = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      long left = amount - 10_000;
      String address = bitcoind.rpc("getnewaddress").asText();
      String unsigned =
          bitcoind
              .rpc(
                  "createrawtransaction",
                  List.of(Map.of("txid", txid, "vout", vout)),
                  Map.of(address, BigDecimal.valueOf(left, 8)))
              .asText();
      previous.add(
          Map.of(
              "txid",
              txid,
              "vout",
              vout,
              "scriptPubKey",
              script,
              "amount",
              BigDecimal.valueOf(amount, 8)));
      String signed =
          bitcoind.rpc("signrawtransactionwithwallet", unsigned, previous).path("hex").asText();
      JsonNode decoded = bitcoind.rpc("decoderawtransaction", signed);
      txid = decoded.path("txid").asText();
      script = decoded.path("vout").get(0).path("scriptPubKey").path("hex").asText();
      vout = 0;
      amount = left;
      chain.add(HEX.parseHex(signed));
    }
    return chain;
  }

  private List<String> row(String sql) throws Exception {
    try (Connection database =
            DriverManager.getConnection(
                "jdbc:sqlite:" + target().resolve("regtest/teos_db.sqlite"));
        ResultSet rows = database.createStatement().executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      if (rows.next()) {
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          values.add(rows.getString(i));
        }
      }
      return values;
    }
  }

  @Test
  void missingDisputeIsWatchedForAgain() throws Exception {
    SecretKey user = newKey();
    OldTower old = oldTowerOf(user, Dialect.V1);
    ChannelAppointment gone = watch(old, user);
    old.answer(
        gone.stored, gone.channel.commitment(), gone.channel.penalty(FEE_RATE), height(), false);
    old.lastBlock = bitcoind.bestBlockHash();
    Writer.PYTHON.write(temp.resolve("old"), old);
    importFrom(temp.resolve("old"));
    try (RunningTower tower = startTower()) {
      ChannelAppointment now = at(tower, gone, user, Dialect.V1);
      assertThat(now.status()).isEqualTo("being_watched");
      bitcoind.mineBlockWith(List.of(gone.rawDispute()));
      now.awaitPenaltyInMempool();
      assertThat(now.status()).isEqualTo("dispute_responded");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PYTHON", "RUST"})
  void lastBlockOutsideTheBestChainIsRolledBack(Writer writer) throws Exception {
    SecretKey user = newKey();
    OldTower old = oldTowerOf(user, writer.dialect);
    ChannelAppointment answered = watch(old, user);
    bitcoind.mineBlockWith(List.of(answered.rawDispute()));
    String fork = bitcoind.bestBlockHash();
    bitcoind.mineBlockWith(List.of(HEX.formatHex(answered.channel.penalty(FEE_RATE))));
    old.answer(
        answered.stored,
        answered.channel.commitment(),
        answered.channel.penalty(FEE_RATE),
        height(),
        true);
    old.lastBlock = bitcoind.bestBlockHash();
    writer.write(temp.resolve("old"), old);
    bitcoind.rpc("invalidateblock", old.lastBlock().orElseThrow());
    bitcoind.mineBlockWith(List.of());
    bitcoind.mineBlockWith(List.of());

    importFrom(temp.resolve("old"));

    assertThat(row("SELECT hash FROM known_blocks ORDER BY height DESC")).contains(fork);
    try (RunningTower tower = startTower()) {
      ChannelAppointment now = at(tower, answered, user, writer.dialect);
      now.awaitPenaltyInMempool();
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(now.status()).isEqualTo("dispute_responded");
      assertThat(bitcoind.rpc("gettxout", now.penalty(), 0).path("confirmations").asInt())
          .isEqualTo(1);
    }
  }

  @Test
  void targetMayBeTheFolderOfPythonTeos() throws Exception {
    OldTower old = small(Dialect.V1);
    Path data = target().resolve("regtest");
    Writer.PYTHON.write(data, old);
    Map<Path, String> before = contents(data.resolve("appointments"));
    before.putAll(contents(data.resolve("users")));
    before.putAll(contents(data.resolve("teos_sk.der")));
    importFrom(target());
    assertThat(contents(data)).containsAllEntriesOf(before);
    try (RunningTower tower = startTower()) {
      assertThat(tower.id()).isEqualTo(old.key.publicKey());
      assertThat(tower.daemon().components().storedAppointments()).isEqualTo(1);
    }
  }

  @Test
  void inconsistenciesOfPythonTeosAreUnderstood() throws Exception {
    SecretKey user = newKey();
    OldTower old = oldTowerOf(user, Dialect.V1);
    ChannelAppointment twice = watch(old, user);
    ChannelAppointment alone = watch(old, user);
    ChannelAppointment flagged = watch(old, user);
    for (ChannelAppointment each : List.of(twice, alone)) {
      bitcoind.mineBlockWith(List.of(each.rawDispute()));
      old.answer(
          each.stored, each.channel.commitment(), each.channel.penalty(FEE_RATE), height(), false);
    }
    old.lastBlock = bitcoind.bestBlockHash();
    Path folder = temp.resolve("old");
    Writer.PYTHON.write(folder, old);
    JsonNode trackers = OldTowerFolder.pythonFacts(old).path("trackers");
    try (DB db = OldTowerFolder.levelDb(folder.resolve("appointments"))) {
      // A penalty rebroadcast after a reorg: python-teos swaps uuid and locator.
      String uuid = twice.stored.uuid().toHex();
      String locator = twice.stored.appointment().locator().toHex();
      String swapped = trackers.path(uuid).toString().replace(locator, uuid);
      OldTowerFolder.put(db, "r" + locator, swapped);
      // An appointment deleted before its tracker, and a tracker deleted before its flag.
      db.delete(("w" + alone.stored.uuid().toHex()).getBytes(UTF_8));
      OldTowerFolder.put(db, "ta" + flagged.stored.uuid().toHex(), "");
    }
    try (DB db = OldTowerFolder.levelDb(folder.resolve("users"))) {
      String upperCase = user.publicKey().toHex().toUpperCase(Locale.ROOT);
      if (!upperCase.equals(user.publicKey().toHex())) {
        OldTowerFolder.put(
            db, upperCase, "{\"available_slots\":1,\"subscription_expiry\":1,\"appointments\":{}}");
      }
    }

    importFrom(folder);

    assertThat(row("SELECT count(*), sum(slots) FROM trackers")).containsExactly("2", "2");
    assertThat(row("SELECT count(*) FROM appointments")).containsExactly("2");
    assertThat(row("SELECT count(*), available_slots FROM users"))
        .containsExactly("1", Long.toString(SLOTS));
    try (RunningTower tower = startTower()) {
      at(tower, twice, user, Dialect.V1).awaitPenaltyInMempool();
      at(tower, alone, user, Dialect.V1).awaitPenaltyInMempool();
      bitcoind.mineBlockWith(List.of(flagged.rawDispute()));
      at(tower, flagged, user, Dialect.V1).awaitPenaltyInMempool();
    }
  }

  @Test
  void prunedBlocksRequireForceUpdate() throws Exception {
    BitcoindOptions pruning = BitcoindOptions.DEFAULT.withArgs("-prune=1", "-fastprune");
    try (Bitcoind node = Bitcoind.start(pruning)) {
      node.mine(120);
      SecretKey user = newKey();
      OldTower old = new OldTower(newKey(), Dialect.V1);
      old.register(user.publicKey(), SLOTS, 100, 10_000);
      LightningChannel channel = LightningChannel.open(node);
      StoredAppointment stored =
          old.take(
              new TowerUser(NOWHERE, Dialect.V1, user)
                  .appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)),
              user,
              120);
      old.answer(stored, channel.commitment(), channel.penalty(FEE_RATE), 120, false);
      node.mine(1000);
      old.lastBlock = node.bestBlockHash();
      Writer.PYTHON.write(temp.resolve("old"), old);
      node.rpc("pruneblockchain", 700);
      Map<String, String> settings = RunningTower.settings(node);
      StartupException refused =
          assertThrows(
              StartupException.class,
              () ->
                  ImportCommand.run(TeosDaemon.getConfig(settings, target()), temp.resolve("old")));
      assertThat(refused.exitCode()).isEqualTo(ExitCode.BITCOIND_PRUNED);
      assertThat(refused).hasMessageContaining("--forceupdate");
      assertNothingWritten();
      settings.put("force_update", "true");
      assertThat(ImportCommand.run(TeosDaemon.getConfig(settings, target()), temp.resolve("old")))
          .isEqualTo(ExitCode.OK);
      assertThat(row("SELECT count(*), (SELECT count(*) FROM trackers) FROM appointments"))
          .containsExactly("1", "0");
    }
  }

  // Refused imports

  private OldTower small(Dialect dialect) throws Exception {
    SecretKey user = newKey();
    OldTower old = oldTowerOf(user, dialect);
    watch(old, user);
    old.lastBlock = bitcoind.bestBlockHash();
    return old;
  }

  private void assertNothingWritten() throws IOException {
    assertThat(target().resolve("regtest/teos_sk.der")).doesNotExist();
    assertThat(target().resolve("regtest/teos_db.sqlite")).doesNotExist();
    assertThat(target().resolve("regtest/teosd.moving")).doesNotExist();
    assertThat(target().resolve("regtest/teosd.import")).doesNotExist();
  }

  @Test
  void refusesFolderWithoutATower() throws Exception {
    Files.createDirectory(temp.resolve("old"));
    assertRefused(
        temp.resolve("old"), ExitCode.SOURCE, "teos_sk.der", "teos_db.sql3", "btc_network");
    assertRefused(temp.resolve("nowhere"), ExitCode.SOURCE, "does not exist");
    assertNothingWritten();
  }

  @Test
  void refusesTwoTowersUnlessOneIsNamed() throws Exception {
    OldTower python = small(Dialect.V1);
    OldTower rust = small(Dialect.V2);
    Path folder = temp.resolve("old");
    Writer.PYTHON.write(folder, python);
    Writer.RUST.write(folder, rust);
    assertRefused(folder, ExitCode.SOURCE, "more than one", "python-teos", "rust-teos");
    assertNothingWritten();
    importFrom(folder.resolve(OldTowerFolder.RUST_DATABASE));
    try (RunningTower tower = startTower()) {
      assertThat(tower.id()).isEqualTo(rust.key.publicKey());
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesInvalidEntryOfPythonTeosAndNamesItsKey(InvalidPythonEntry invalid) throws Exception {
    OldTower old = small(Dialect.V1);
    Path folder = temp.resolve("old");
    Writer.PYTHON.write(folder, old);
    String uuid = old.appointments.keySet().iterator().next().toHex();
    String value = OldTowerFolder.pythonFacts(old).path("appointments").path(uuid).toString();
    try (DB db = OldTowerFolder.levelDb(folder.resolve(invalid.folder))) {
      OldTowerFolder.put(db, invalid.key.formatted(uuid), invalid.value.apply(value));
    }
    assertRefused(
        folder,
        ExitCode.SOURCE,
        invalid.folder + " " + invalid.key.formatted(uuid),
        invalid.why,
        "nothing has been imported");
    assertNothingWritten();
  }

  enum InvalidPythonEntry {
    UNKNOWN_KEY("appointments", "xyz", value -> "1", "unknown key"),
    ANOTHER_UUID("appointments", "w" + "0".repeat(40), value -> value, "uuid"),
    ADDITIONAL_FIELD(
        "appointments", "w%s", value -> value.replace("{", "{\"new\":1,"), "the fields"),
    DUPLICATE_FIELD(
        "appointments", "w%s", value -> value.replace("{", "{\"locator\":\"\","), "not JSON"),
    NOT_HEX(
        "appointments",
        "w%s",
        value -> value.replaceAll("encrypted_blob\":\"..", "encrypted_blob\":\"zz"),
        "encrypted_blob is not hex"),
    TOO_LARGE(
        "appointments",
        "w%s",
        value -> value.replace("to_self_delay\":", "to_self_delay\":99999999"),
        "unsigned 32-bit"),
    NO_USER("users", "0" + "4".repeat(65), value -> "{}", "compressed public key"),
    NO_SLOTS(
        "users",
        "02" + "a".repeat(64),
        value -> "{\"available_slots\":-1,\"subscription_expiry\":1,\"appointments\":{}}",
        "available_slots");

    final String folder;
    final String key;
    final UnaryOperator<String> value;
    final String why;

    InvalidPythonEntry(String folder, String key, UnaryOperator<String> value, String why) {
      this.folder = folder;
      this.key = key;
      this.value = value;
      this.why = why;
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesInvalidDataOfRustTeos(InvalidRustData invalid) throws Exception {
    OldTower old = small(Dialect.V2);
    Path folder = temp.resolve("old");
    Writer.RUST.write(folder, old);
    try (Connection database =
        DriverManager.getConnection(
            "jdbc:sqlite:" + folder.resolve(OldTowerFolder.RUST_DATABASE))) {
      OldTowerFolder.insert(database, invalid.sql);
    }
    assertRefused(folder, ExitCode.SOURCE, invalid.why);
    assertNothingWritten();
  }

  enum InvalidRustData {
    TABLE("CREATE TABLE payments (id INT)", "payments"),
    COLUMN("ALTER TABLE users ADD COLUMN paid INT", "paid"),
    SHORT_LOCATOR("UPDATE appointments SET locator = x'0011'", "expected 16"),
    OTHER_LOCATOR("UPDATE appointments SET locator = randomblob(16)", "uuid"),
    NEGATIVE("UPDATE users SET available_slots = -1", "available_slots"),
    ORPHAN(
        "INSERT INTO trackers VALUES (randomblob(20), x'00', x'00', 1, 1)",
        "parent record is missing"),
    NO_KEY("DELETE FROM keys", "no tower key"),
    NO_BLOCK("UPDATE last_known_block SET block_hash = x'00'", "32 bytes");

    final String sql;
    final String why;

    InvalidRustData(String sql, String why) {
      this.sql = sql;
      this.why = why;
    }
  }

  @Test
  void refusesDamagedLevelDb() throws Exception {
    OldTower old = new OldTower(newKey(), Dialect.V1);
    SecretKey user = newKey();
    old.register(user.publicKey(), SLOTS, 100, height() + 1_000);
    TowerUser signer = new TowerUser(NOWHERE, Dialect.V1, user);
    for (int i = 0; i < 300; i++) {
      byte[] txid = new byte[32];
      new SecureRandom().nextBytes(txid);
      old.take(signer.appointment(Txid.ofInternal(txid), new byte[300]), user, height());
    }
    old.lastBlock = bitcoind.bestBlockHash();
    Path folder = temp.resolve("old");
    Writer.PYTHON.write(folder, old);
    // All of them, because LevelDB leaves unused tables behind.
    try (Stream<Path> files = Files.list(folder.resolve("appointments"))) {
      for (Path table : files.filter(file -> file.toString().matches(".*\\.(ldb|sst)")).toList()) {
        byte[] bytes = Files.readAllBytes(table);
        bytes[bytes.length / 3] ^= 1;
        Files.write(table, bytes);
      }
    }
    assertRefused(folder, ExitCode.SOURCE, "LevelDB", "cannot be read");
    assertNothingWritten();
  }

  @Test
  void refusesLastBlockUnknownToBitcoind() throws Exception {
    OldTower old = small(Dialect.V2);
    old.lastBlock = "12".repeat(32);
    Writer.RUST.write(temp.resolve("old"), old);
    assertRefused(temp.resolve("old"), ExitCode.BITCOIND_CHAIN, old.lastBlock);
    assertNothingWritten();
  }

  @Test
  void refusesTargetWithATower() throws Exception {
    OldTower old = small(Dialect.V2);
    Writer.RUST.write(temp.resolve("old"), old);
    PublicKey other;
    try (RunningTower tower = startTower()) {
      other = tower.id();
    }
    assertRefused(temp.resolve("old"), ExitCode.TARGET, other.toHex(), old.key.publicKey().toHex());
    try (RunningTower tower = startTower()) {
      assertThat(tower.id()).isEqualTo(other);
    }
  }

  @Test
  void refusesToImportTwice() throws Exception {
    OldTower old = small(Dialect.V2);
    Writer.RUST.write(temp.resolve("old"), old);
    importFrom(temp.resolve("old"));
    assertRefused(temp.resolve("old"), ExitCode.TARGET, "already contains a tower", "1 users");
  }

  @Test
  void refusesTargetOfARunningTower() throws Exception {
    Writer.RUST.write(temp.resolve("old"), small(Dialect.V2));
    try (DataFolder taken = DataFolder.open(target().resolve("regtest"))) {
      assertThat(taken.path()).exists();
      assertRefused(temp.resolve("old"), ExitCode.ERROR, "another teosd is running");
    }
  }

  @Test
  void withoutALastBlockTheImportStartsAtTheFirstAppointment() throws Exception {
    SecretKey user = newKey();
    OldTower old = oldTowerOf(user, Dialect.V2);
    ChannelAppointment missed = watch(old, user);
    Writer.RUST.write(temp.resolve("old"), old);
    bitcoind.mineBlockWith(List.of(missed.rawDispute()));
    bitcoind.mine(20);
    importFrom(temp.resolve("old"));
    try (RunningTower tower = startTower()) {
      at(tower, missed, user, Dialect.V2).awaitPenaltyInMempool();
      Locator locator = missed.stored.appointment().locator();
      assertThat(at(tower, missed, user, Dialect.V2).user.get(locator).status()).isEqualTo(200);
    }
  }
}
