package teos.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.junit.TestBitcoind;

/** All commands against a running tower with a real bitcoind. */
@Tag("bitcoind")
class CommandsTest {

  private static final int FEE_RATE = 10;

  @TempDir static Path towerFolder;

  @TestBitcoind private static Bitcoind bitcoind;
  private static RealTower tower;
  private static PublicKey id;

  @TempDir Path home;

  @BeforeAll
  static void start() throws Exception {
    tower = RealTower.start(bitcoind, towerFolder);
    id = tower.id();
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
  }

  private Run register(Dialect dialect) {
    return Run.piped(
        home,
        "register",
        id + "@" + tower.address(),
        "--dialect",
        dialect.name().toLowerCase(Locale.ROOT));
  }

  private static String appointment(String txid, int seed) {
    // A transaction with one input and one output, which spends from txid.
    String internal = Txid.fromDisplayHex(txid).toHex();
    String tx =
        "0200000001"
            + internal
            + "0000000000ffffffff01e8030000000000001600"
            + "14"
            + String.format("%02x", seed).repeat(20)
            + "00000000";
    return "{\"tx\": \"" + tx + "\", \"tx_id\": \"" + txid + "\", \"to_self_delay\": 144}";
  }

  private static final String TXID =
      "7ba4f298e2f2742c1d09d185d83a2bb93c926f7fe8263a4542ffc37bae96b177";

  private static String locator(Dialect dialect) {
    return dialect.locator(Txid.fromDisplayHex(TXID)).toHex();
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void registerAddGetVerify(Dialect dialect) throws Exception {
    Run registered = register(dialect);
    assertThat(registered.code()).as(registered.toString()).isZero();
    assertThat(registered.json().path("tower_id").asText()).isEqualTo(id.toHex());
    assertThat(registered.json().path("dialect").asText()).isEqualToIgnoringCase(dialect.name());
    assertThat(registered.json().path("available_slots").asInt()).isEqualTo(10_000);
    Path folder = home.resolve(".teos_client");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("user_sk.der"))))
        .isEqualTo("rw-------");

    Run added = Run.piped(home, "add_appointment", appointment(TXID, 1));
    assertThat(added.code()).as(added.toString()).isZero();
    assertThat(added.json().path("locator").asText()).isEqualTo(locator(dialect));
    assertThat(added.json().path("status").asText()).isEqualTo("accepted");
    assertThat(added.json().path("available_slots").asInt()).isEqualTo(9_999);
    assertThat(added.json().path("start_block").asInt()).isGreaterThanOrEqualTo(120);
    assertThat(added.err()).isEmpty();

    Run got = Run.piped(home, "get_appointment", locator(dialect));
    assertThat(got.code()).isZero();
    assertThat(got.json().path("status").asText()).isEqualTo("being_watched");
    assertThat(got.json().path("appointment").path("to_self_delay").asInt()).isEqualTo(144);
    assertThat(got.json().path("standing").asText()).isEqualTo("ok");

    Run info = Run.piped(home, "get_subscription_info");
    assertThat(info.code()).isZero();
    assertThat(info.json().path("locators").get(0).asText()).isEqualTo(locator(dialect));
    assertThat(info.json().has("appointments")).isEqualTo(dialect == Dialect.V1);
    assertThat(info.json().path("available_slots").asInt()).isEqualTo(9_999);

    Run receipt = Run.piped(home, "get_receipt", locator(dialect));
    assertThat(receipt.code()).isZero();
    assertThat(receipt.json().path("format").asText()).isEqualTo("teos-receipt/1");
    Path file = home.resolve("receipt.json");
    Files.writeString(file, receipt.out());
    Run verified = Run.piped(home.resolve("elsewhere"), "verify", file.toString(), "--txid", TXID);
    assertThat(verified.code()).as(verified.toString()).isZero();
    assertThat(verified.json().path("verified").asBoolean()).isTrue();
    assertThat(verified.out()).contains("the penalty is ");

    Run listed = Run.piped(home, "list_towers");
    JsonNode one = listed.json().path("towers").get(0);
    assertThat(one.path("tower_id").asText()).isEqualTo(id.toHex());
    assertThat(one.path("receipts").asInt()).isOne();
    assertThat(one.path("queued").asInt()).isZero();
    assertThat(one.path("default").asBoolean()).isTrue();

    assertThat(Run.piped(home, "ping").json().path("address").asText())
        .isEqualTo("http://" + tower.address());
    assertThat(Run.piped(home, "send_queued").json().path("sent").asInt()).isZero();

    // Registering again renews.
    assertThat(Run.piped(home, "register", id.toHex()).json().path("available_slots").asInt())
        .isEqualTo(19_999);
  }

  @Test
  void register_withoutDialect_detectsIt() {
    Run registered =
        Run.piped(
            home, "register", id.toHex(), "--apiconnect=127.0.0.1", "--apiport=" + tower.port());
    assertThat(registered.json().path("dialect").asText()).isEqualTo("v2");
    Run other = Run.piped(home, "--dialect", "v1", "get_subscription_info");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("dialect v2");
  }

  @Test
  void onATerminal_printsTables() throws Exception {
    Run registered = Run.terminal(home, "register", id + "@" + tower.address());
    assertThat(registered.out()).contains("Registered with  " + id, "Slots            10000");
    Files.writeString(home.resolve("a.json"), appointment(TXID, 1));
    Run added = Run.terminal(home, "add_appointment", "-f", home.resolve("a.json").toString());
    assertThat(added.out())
        .contains("Locator      " + locator(Dialect.V2), "accepted and signed by the tower");
    assertThat(Run.terminal(home, "get_appointment", locator(Dialect.V2)).out())
        .contains("Status         being watched");
    assertThat(Run.terminal(home, "get_subscription_info").out())
        .contains("Slots left    9999", "Standing      ok", locator(Dialect.V2));
    assertThat(Run.terminal(home, "get_receipt", locator(Dialect.V2)).out())
        .contains("Until block", "being_watched");
    assertThat(Run.terminal(home, "list_towers").out())
        .contains("STANDING", "*  " + id, "http://" + tower.address());
    assertThat(Run.terminal(home, "ping").out()).contains(" answered after ");
    assertThat(Run.terminal(home, "send_queued", "--wait").out())
        .isEqualTo("Sent    0\nQueued  0\n");
    Path receipt =
        home.resolve(".teos_client/towers/" + id + "/receipts")
            .resolve(locator(Dialect.V2).substring(0, 2))
            .resolve(locator(Dialect.V2) + ".json");
    Run verified = Run.terminal(home, "verify", receipt.toString());
    assertThat(verified.out()).startsWith("VERIFIED").contains("has promised the user");
    assertThat(Run.terminal(home, "--json", "ping").json().has("milliseconds")).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void getAppointment_afterABreach_showsThePenalty(Dialect dialect) throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    register(dialect);
    String locator = dialect.locator(channel.commitmentTxid()).toHex();
    String json =
        "{\"tx\":\""
            + HexFormat.of().formatHex(channel.penalty(FEE_RATE))
            + "\",\"tx_id\":\""
            + channel.commitmentTxid()
            + "\",\"to_self_delay\":144}";
    assertThat(Run.piped(home, "add_appointment", json).code()).isZero();
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
    Run got = Run.piped(home, "get_appointment", locator);
    for (int i = 0; i < 600 && !got.out().contains("dispute_responded"); i++) {
      Thread.sleep(50);
      got = Run.piped(home, "get_appointment", locator);
    }
    assertThat(got.json().path("status").asText()).isEqualTo("dispute_responded");
    assertThat(got.json().path("appointment").path("penalty_txid").asText())
        .isEqualTo(channel.penaltyTxid(FEE_RATE).toString());
    assertThat(
            Run.piped(home, "get_receipt", locator)
                .json()
                .path("notes")
                .path("last_status")
                .asText())
        .isEqualTo("dispute_responded");
    assertThat(Run.terminal(home, "get_appointment", locator).out())
        .contains("dispute seen, penalty broadcast", channel.commitmentTxid().toString());
    assertShowsTheForecast(dialect, locator);

    Run again = Run.terminal(home, "--json", "add_appointment", json);
    assertThat(again.code()).isEqualTo(5);
    assertThat(again.error().path("error_code").asInt()).isEqualTo(dialect == Dialect.V1 ? -9 : 35);
    assertThat(Path.of(again.error().path("file").asText())).exists();
    assertThat(again.out()).isEmpty();
  }

  /** Only users with dialect v2 get it. The node has no transactions to estimate fees from. */
  private void assertShowsTheForecast(Dialect dialect, String locator) throws Exception {
    JsonNode tracker = Run.piped(home, "get_appointment", locator).json().path("appointment");
    String table = Run.terminal(home, "get_appointment", locator).out();
    if (dialect == Dialect.V1) {
      assertThat(tracker.has("penalty_status") || tracker.has("verdict")).isFalse();
      assertThat(table).doesNotContain("Fee rate", "Deadline");
    } else {
      assertThat(tracker.path("deadline").asInt()).isEqualTo(bitcoind.height() + 144);
      assertThat(tracker.path("fee_rate_per_kvb").asInt() / 1_000).isEqualTo(FEE_RATE);
      assertThat(table)
          .containsPattern("Fee rate +" + FEE_RATE + "[.0-9]* sat/vB")
          .containsPattern("Deadline +block " + (bitcoind.height() + 144))
          .containsPattern("Confirms in time +unknown");
    }
  }

  @Test
  void addAppointment_towerUnreachable_isQueuedAndSentLater() throws Exception {
    register(Dialect.V2);
    Run queued = Run.piped(home, "add_appointment", appointment(TXID, 1), "--apiport", "1");
    assertThat(queued.code()).isEqualTo(4);
    assertThat(queued.json().path("status").asText()).isEqualTo("queued");
    assertThat(queued.json().path("reason").asText()).isEqualTo("unreachable");
    assertThat(Run.piped(home, "list_towers").json().path("towers").get(0).path("queued").asInt())
        .isOne();
    Run missing = Run.terminal(home, "get_receipt", locator(Dialect.V2));
    assertThat(missing.code()).isEqualTo(7);
    assertThat(missing.err()).contains("the appointment is queued");
    assertThat(Run.piped(home, "send_queued", "--apiport", "1").code()).isEqualTo(4);
    Run sent = Run.piped(home, "send_queued", "--wait");
    assertThat(sent.code()).isZero();
    assertThat(sent.json().path("sent").asInt()).isOne();
    assertThat(Run.piped(home, "get_receipt", locator(Dialect.V2)).code()).isZero();
  }

  @Test
  void towerUnreachable_exitsWithThree() {
    register(Dialect.V2);
    for (String command : List.of("ping", "get_subscription_info")) {
      Run run = Run.terminal(home, command, "--apiport=1", "--json");
      assertThat(run.code()).as(command).isEqualTo(3);
      assertThat(run.error().path("exit_code").asInt()).isEqualTo(3);
      assertThat(run.error().path("error").asText()).contains("127.0.0.1:1");
    }
    assertThat(Run.piped(home, "register", id + "@127.0.0.1:1").code()).isEqualTo(3);
  }

  @Test
  void addAppointment_permanentError_isShown() {
    register(Dialect.V1);
    String shortDelay = appointment(TXID, 1).replace("144", "5");
    Run run = Run.terminal(home, "add_appointment", shortDelay);
    assertThat(run.code()).isEqualTo(5);
    assertThat(run.err()).contains("error -5", "HTTP 400", "rejected/");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void register_wrongId_isRefused() {
    String other = "024a41f55074089e5c037eaa315612bfae1c7ed1bb7fa66b1b6fb12d39aa2d5894";
    Run run = Run.terminal(home, "register", other + "@" + tower.address());
    assertThat(run.code()).isEqualTo(6);
    assertThat(run.err()).contains(other, id.toHex());
  }

  @Test
  void getAppointment_unknownLocator_isNotFound() {
    register(Dialect.V2);
    Run run = Run.piped(home, "get_appointment", "00".repeat(16));
    assertThat(run.code()).isEqualTo(7);
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "register",
        "register 02ab",
        "register a b",
        "get_appointment",
        "get_appointment xyz",
        "get_appointment 00",
        "add_appointment",
        "add_appointment {}",
        "add_appointment []",
        "add_appointment {\"tx\":\"zz\"}",
        "add_appointment -f /nonexistent",
        "add_appointment {} -f x",
        "ping --apiport 0",
        "ping --apiport x",
        "ping --proxy http://a:1",
        "ping --dialect v3",
        "ping --timeout 0",
        "ping --nonsense",
        "ping --apiconnect a/b",
        "completion",
        "completion fish",
        "help nonsense",
        "remove_tower",
        "remove_tower 02ab",
        "get_receipt ab",
        "verify",
        "verify x --txid 12"
      })
  void wrongUsage_exitsWithTwo(String line) {
    String[] args = Stream.of(line.split(" ")).filter(arg -> !arg.isEmpty()).toArray(String[]::new);
    Run run = Run.terminal(home, args);
    assertThat(run.code()).as(run.toString()).isEqualTo(2);
    assertThat(run.err()).startsWith("teos-client: ").hasLineCount(1);
    assertThat(run.out()).isEmpty();
    List<String> json = new ArrayList<>(List.of(args));
    json.add("--json");
    assertThat(Run.terminal(home, json.toArray(String[]::new)).error().path("exit_code").asInt())
        .isEqualTo(2);
  }

  @Test
  void withoutRegistration_saysHowToRegister() {
    assertThat(Run.terminal(home, "get_subscription_info").err())
        .contains("run 'teos-client register TOWER_ID' first");
    assertThat(Run.terminal(home, "get_subscription_info", "--tower", id.toHex()).err())
        .contains("run 'teos-client register " + id + "' first");
  }

  @Test
  void damagedKeyOrMissingFile_exitsWithEight() throws Exception {
    register(Dialect.V2);
    Path folder = home.resolve(".teos_client");
    Files.writeString(folder.resolve("user_sk.der"), "no key");
    Run run = Run.terminal(home, "get_subscription_info");
    assertThat(run.code()).isEqualTo(8);
    assertThat(run.err()).contains("user_sk.der is not your key");
    assertThat(Run.terminal(home, "verify", home.resolve("none").toString()).code()).isEqualTo(8);
  }

  @Test
  void configurationFile_isUsed() throws Exception {
    Path folder = home.resolve("data");
    Files.createDirectories(folder);
    Path conf = folder.resolve("teos_client.conf");
    Files.writeString(
        conf,
        "[teos]\napi_connect = 127.0.0.1\napi_port = "
            + tower.port()
            + "\nuser_private_key = mine.der\nappointments_folder_name = x\ndialect = v1\n");
    Run run = Run.piped(home, "--datadir", folder.toString(), "register", id.toHex());
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.json().path("dialect").asText()).isEqualTo("v1");
    assertThat(folder.resolve("mine.der")).exists();
    assertThat(folder.resolve("user_sk.der")).doesNotExist();

    Files.writeString(conf, "[teos]\napi_conect = a\n");
    Run wrong = Run.terminal(home, "--datadir", folder.toString(), "ping");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("api_conect", "line 2", "did you mean api_connect?");
  }

  @Test
  void verify_changedReceipt_showsTheFailedCheck() throws Exception {
    register(Dialect.V2);
    Run.piped(home, "add_appointment", appointment(TXID, 1));
    Path file = home.resolve("r.json");
    String receipt = Run.piped(home, "get_receipt", locator(Dialect.V2)).out();
    Files.writeString(file, receipt.replaceFirst("\"start_block\" : \\d+", "\"start_block\" : 1"));
    Run run = Run.terminal(home, "verify", file.toString());
    assertThat(run.code()).isEqualTo(9);
    assertThat(run.out()).startsWith("NOT VERIFIED").contains("WRONG").doesNotContain("Shows");
    Files.writeString(file, "{}");
    assertThat(Run.terminal(home, "verify", file.toString()).code()).isEqualTo(9);
    Files.writeString(file, receipt);
    assertThat(Run.terminal(home, "verify", file.toString(), "--txid", "00".repeat(32)).code())
        .isEqualTo(9);
  }

  /** A tower that no longer has a deleted appointment does not misbehave. */
  @ParameterizedTest
  @EnumSource(Dialect.class)
  void deleteAppointment_doesNotMarkTheTower(Dialect dialect) {
    register(dialect);
    Run.piped(home, "add_appointment", appointment(TXID, 1));
    Run deleted = Run.piped(home, "delete_appointment", locator(dialect));
    assertThat(deleted.code()).as(deleted.toString()).isZero();
    assertThat(deleted.json().path("status").asText()).isEqualTo("deleted");
    assertThat(deleted.json().path("available_slots").asInt()).isEqualTo(10_000);
    Run got = Run.terminal(home, "get_appointment", locator(dialect));
    assertThat(got.code()).as(got.toString()).isEqualTo(7);
    assertThat(got.err()).contains("you have asked the tower to delete it");
    Run info = Run.piped(home, "get_subscription_info");
    assertThat(info.code()).as(info.toString()).isZero();
    assertThat(info.json().path("locators")).isEmpty();
    assertThat(Run.piped(home, "delete_appointment", locator(dialect)).code()).isEqualTo(7);

    Run again = Run.piped(home, "add_appointment", appointment(TXID, 1));
    assertThat(again.code()).as(again.toString()).isZero();
    assertThat(Run.piped(home, "get_appointment", locator(dialect)).code()).isZero();
  }

  /** A txid is accepted in display order and in internal order. */
  @ParameterizedTest
  @EnumSource(Dialect.class)
  void txid_isAcceptedInsteadOfTheLocator(Dialect dialect) throws Exception {
    register(dialect);
    Run.piped(home, "add_appointment", appointment(TXID, 1));
    String internal = Txid.fromDisplayHex(TXID).toHex();
    for (String txid : List.of(TXID, internal, internal.toUpperCase(Locale.ROOT))) {
      for (String command : List.of("get_appointment", "get_receipt")) {
        Run run = Run.piped(home, command, txid);
        assertThat(run.code()).as(command + " " + txid + ": " + run).isZero();
        assertThat(run.out()).contains(locator(dialect));
      }
    }

    // The same user on another machine without receipts: the client asks the tower.
    Path other = home.resolve("other");
    Files.createDirectories(other.resolve(".teos_client"));
    Files.copy(home.resolve(".teos_client/user_sk.der"), other.resolve(".teos_client/user_sk.der"));
    Run.piped(
        other,
        "register",
        id + "@" + tower.address(),
        "--dialect",
        dialect.name().toLowerCase(Locale.ROOT));
    for (String txid : List.of(TXID, internal)) {
      assertThat(Run.piped(other, "get_appointment", txid).json().path("locator").asText())
          .isEqualTo(locator(dialect));
    }
    assertThat(Run.piped(other, "get_appointment", "ab".repeat(32)).code()).isEqualTo(7);
    Run deleted = Run.piped(other, "delete_appointment", internal);
    assertThat(deleted.code()).as(deleted.toString()).isZero();
    assertThat(deleted.json().path("locator").asText()).isEqualTo(locator(dialect));
  }

  @Test
  void deleteAppointment_onATerminal_asksForConfirmation() {
    register(Dialect.V2);
    Run.piped(home, "add_appointment", appointment(TXID, 1));
    String locator = locator(Dialect.V2);
    for (String answer : List.of("", "n", "yo")) {
      Run kept = Run.answering(answer, home, "delete_appointment", locator);
      assertThat(kept.code()).isEqualTo(1);
      assertThat(kept.err()).contains("Delete " + locator + "?", "[y/N]", "nothing was deleted");
      assertThat(kept.out()).isEmpty();
    }
    assertThat(Run.terminal(home, "delete_appointment", locator).code()).isEqualTo(1);
    assertThat(Run.piped(home, "get_appointment", locator).code()).isZero();

    assertThat(Run.answering("y", home, "delete_appointment", locator).code()).isZero();
    Run.piped(home, "add_appointment", appointment(TXID, 1));
    Run unasked = Run.terminal(home, "delete_appointment", "--yes", locator);
    assertThat(unasked.code()).isZero();
    assertThat(unasked.err()).isEmpty();
  }

  @Test
  void removeTower_keepsTheReceipts() throws Exception {
    register(Dialect.V2);
    Run.piped(home, "add_appointment", appointment(TXID, 1));
    Run.piped(home, "add_appointment", appointment(TXID, 2), "--apiport", "1");
    Run refused = Run.terminal(home, "remove_tower", id.toHex());
    assertThat(refused.code()).isEqualTo(4);
    assertThat(refused.err()).contains("1 appointment is queued", "'send_queued'", "--force");
    assertThat(Run.piped(home, "list_towers").json().path("towers")).hasSize(1);

    Run removed = Run.piped(home, "remove_tower", "--force", id.toHex());
    assertThat(removed.code()).as(removed.toString()).isZero();
    Path folder = Path.of(removed.json().path("folder").asText());
    assertThat(folder.resolve("receipts")).isNotEmptyDirectory();
    assertThat(folder.resolve("queue")).isNotEmptyDirectory();
    assertThat(Run.piped(home, "list_towers").json().path("towers")).isEmpty();
    assertThat(Run.terminal(home, "get_subscription_info").err())
        .contains("run 'teos-client register TOWER_ID' first");
    assertThat(Run.terminal(home, "remove_tower", id.toHex()).code()).isEqualTo(2);

    // A later registration starts without a queue.
    assertThat(register(Dialect.V2).json().path("queued").asInt()).isZero();
    assertThat(Run.terminal(home, "remove_tower", id.toHex()).out()).contains("Removed", "none");
  }

  @Test
  void register_idNotOnTheCurve_isRefused() {
    String notOnCurve = "02" + "00".repeat(31) + "05"; // no point has x = 5
    Run run = Run.terminal(home, "register", notOnCurve);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("is not a point on the curve: " + notOnCurve, "check its digits");
    assertThat(Run.terminal(home, "ping", "--tower", notOnCurve).err()).contains("on the curve");
    assertThat(Run.terminal(home, "register", "05" + "00".repeat(32)).err())
        .contains("66 hex digits")
        .doesNotContain("curve");
  }

  @Test
  void mistypedWord_getsASuggestion() {
    assertThat(Run.terminal(home, "regsiter", id.toHex()).err())
        .contains("unknown command 'regsiter'; did you mean register?");
    assertThat(Run.terminal(home, "get_apointment", "00").err())
        .contains("did you mean get_appointment?");
    assertThat(Run.terminal(home, "ping", "--apiprot=1").err())
        .contains("unknown option '--apiprot'; did you mean --apiport?");
    assertThat(Run.terminal(home, "help", "pong").err()).contains("did you mean ping?");
    assertThat(Run.terminal(home, "frobnicate").err()).doesNotContain("did you mean");
  }

  @Test
  void listTowers_fitsTheTerminal() {
    register(Dialect.V2);
    Run fitting = Run.terminal(100, home, "list_towers");
    assertThat(fitting.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
    assertThat(fitting.out()).contains(id.toHex().substring(0, 6), "…").doesNotContain(id.toHex());
    assertThat(Run.terminal(100, home, "list_towers", "--wide").out())
        .isEqualTo(Run.terminal(home, "list_towers").out())
        .contains(id.toHex(), "http://" + tower.address());
  }

  @Test
  void tls_errorsSayWhatToDo(@TempDir Path folder) throws Exception {
    try (RealTower secure =
        RealTower.start(
            bitcoind,
            folder,
            "--apitlscertificate=" + towerFolder.resolve("server.pem"),
            "--apitlskey=" + towerFolder.resolve("server-key.pem"),
            "--apibind=0.0.0.0")) {
      String ca = towerFolder.resolve("ca.pem").toString();
      String at = secure.id() + "@https://localhost:" + secure.port();
      assertThat(Run.terminal(home, "register", at).err())
          .contains("not signed by an authority that this machine trusts", "--cacert");
      assertThat(Run.terminal(home, "register", at.replace("https://", "")).err())
          .contains("give its address as https://localhost:");
      assertThat(
              Run.terminal(home, "register", at.replace("localhost", "127.0.0.2"), "--cacert", ca)
                  .err())
          .contains("its certificate is not valid for the name 127.0.0.2");
      Run toPlain =
          Run.terminal(home, "ping", "--apiconnect=https://" + tower.address(), "--cacert", ca);
      assertThat(toPlain.err()).contains("http:// instead of https://");

      Run registered = Run.piped(home, "register", at, "--cacert", ca);
      assertThat(registered.code()).as(registered.toString()).isZero();
      assertThat(registered.json().path("address").asText()).startsWith("https://localhost:");
      assertThat(Run.piped(home, "get_subscription_info").code()).isEqualTo(3);
      Files.writeString(
          home.resolve(".teos_client/teos_client.conf"), "[teos]\ncacert = " + ca + "\n");
      assertThat(Run.piped(home, "get_subscription_info").code()).isZero();
    }
    Run missing = Run.terminal(home, "ping", "--cacert", "/nonexistent");
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("cacert: file not found: /nonexistent");
    assertThat(Run.terminal(home, "ping", "--cacert", home.toString()).err())
        .contains("cacert: " + home + " is a folder");
    String key = towerFolder.resolve("server-key.pem").toString();
    assertThat(Run.terminal(home, "ping", "--cacert", key).err()).contains("certificate");
  }

  /** A proxy in front of the tower answers get_appointment with "not found". */
  @Test
  void getAppointment_forgotten_savesAProofThatVerifies() throws Exception {
    Run got;
    try (TowerProxy forgetful =
        new TowerProxy(
            tower.address(),
            (path, reply) ->
                path.equals("/get_appointment")
                    ? new TowerProxy.Reply(
                        404, "{\"error\":\"Appointment not found\",\"error_code\":36}")
                    : reply)) {
      int port = forgetful.port();
      assertThat(Run.piped(home, "register", id + "@127.0.0.1:" + port).code()).isZero();
      Run.piped(home, "add_appointment", appointment(TXID, 1));
      got = Run.terminal(home, "get_appointment", locator(Dialect.V2), "--json");
    }
    assertThat(got.code()).as(got.toString()).isEqualTo(6);
    assertThat(got.out()).isEmpty();
    List<String> lines = got.err().lines().toList(); // the warning and the error
    assertThat(lines.getFirst()).contains("\"warning\"", "has been misbehaving since");
    Matcher proof = Pattern.compile("\"proof\":\"([^\"]+)\"").matcher(lines.getLast());
    assertThat(proof.find()).isTrue();

    Run verified = Run.terminal(home.resolve("else"), "verify", proof.group(1), "--txid", TXID);
    assertThat(verified.code()).as(verified.toString()).isZero();
    assertThat(verified.out())
        .startsWith("VERIFIED")
        .contains("forgot", "has promised the user", "100 confirmations");

    // All later commands for this tower show a warning.
    Run info =
        Run.piped(home, "get_subscription_info", "--apiport", Integer.toString(tower.port()));
    assertThat(info.code()).isZero();
    assertThat(info.json().path("standing").asText()).isEqualTo("misbehaving");
    assertThat(info.err()).contains("{\"warning\":\"the tower " + id + " has been misbehaving");
    assertThat(Run.terminal(home, "list_towers").out()).contains("forgot");
    assertThat(register(Dialect.V2).json().path("standing").asText()).isEqualTo("ok");
    assertThat(Run.piped(home, "get_subscription_info").err()).isEmpty();
    assertThat(Path.of(proof.group(1))).exists();
  }

  @Test
  void addAppointment_uselessPenalty_isWarnedAbout() {
    register(Dialect.V2);
    String other = "ab".repeat(32);
    Run run = Run.terminal(home, "add_appointment", appointment(TXID, 1).replace(TXID, other));
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("warning: tx does not spend from tx_id");
    String reversed = Txid.fromDisplayHex(TXID).toHex();
    String withReversed =
        appointment(TXID, 1).replace("tx_id\": \"" + TXID, "tx_id\": \"" + reversed);
    assertThat(Run.terminal(home, "add_appointment", withReversed).err())
        .contains("the bytes of tx_id are in reverse order");
  }
}
