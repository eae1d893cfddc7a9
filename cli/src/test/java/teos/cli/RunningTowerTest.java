package teos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import teos.protocol.Appointment;
import teos.protocol.AppointmentUuid;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.teosd.Eventually;
import teos.teosd.RunningTower;
import teos.teosd.lnd.LndClient;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;
import teos.wtwire.Message;

/** Every command against a real tower with two users and one breach. */
@Tag("bitcoind")
class RunningTowerTest {

  private static final int FEE_RATE = 10;

  @TempDir static Path folder;

  @TestBitcoind(blocks = 0)
  private static Bitcoind bitcoind;

  private static RunningTower tower;
  private static int rpcPort;
  private static int lndPort;
  private static TowerUser alice;
  private static TowerUser bob;
  private static Appointment watched;
  private static LightningChannel breached;

  @BeforeAll
  static void start() throws Exception {
    bitcoind.mine(120 - bitcoind.height());
    rpcPort = FreePort.find();
    lndPort = FreePort.find();
    tower = start(folder, rpcPort, lndPort);
    alice = tower.registered(Dialect.V1);
    bob = tower.registered(Dialect.V2);

    Txid later = randomTxid();
    watched = alice.appointment(later, new byte[100]);
    alice.sendForReceipt(watched);
    // same locator, other user
    bob.sendForReceipt(new Appointment(watched.locator(), new byte[3_000], 42));

    breached = LightningChannel.open(bitcoind);
    bob.sendForReceipt(bob.appointment(breached.commitmentTxid(), breached.penalty(FEE_RATE)));
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(breached.commitment())));
    String penalty = breached.penaltyTxid(FEE_RATE).toString();
    Eventually.holds("penalty in the mempool", () -> bitcoind.mempool().contains(penalty));
    Eventually.holds("one tracker", () -> tower.daemon().components().storedTrackers() == 1);
  }

  private static RunningTower start(Path data, int port) throws Exception {
    return start(data, port, FreePort.find());
  }

  private static RunningTower start(Path data, int port, int lnd) throws Exception {
    return start(data, port, lnd, Map.of());
  }

  private static RunningTower start(Path data, int port, int lnd, Map<String, String> more)
      throws Exception {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("rpc_port", Integer.toString(port));
    settings.put("lnd_support", "true");
    settings.put("lnd_bind", "0.0.0.0");
    settings.put("lnd_port", Integer.toString(lnd));
    settings.put("public_addresses", "192.0.2.1");
    return RunningTower.start(bitcoind, data, settings);
  }

  @Test
  void listsAndDeletesSessionsOfLndClients() throws Exception {
    assertThat(json("get_sessions").path("sessions")).isEmpty();
    assertThat(table("get_sessions")).isEqualTo("no sessions\n");
    SecretKey session = SecretKey.generate(new SecureRandom());
    String id = session.publicKey().toHex();
    try (LndClient client = LndClient.connect(lndPort, tower.id(), session, LndClient.REGTEST)) {
      client.ask(new Message.CreateSession(0b110, 1_024, 0, 0, 2_500));
    }
    JsonNode one = json("get_sessions").path("sessions").path(0);
    assertThat(one.path("session_id").asText()).isEqualTo(id);
    assertThat(one.path("blob_type").asText()).isEqualTo("anchor");
    assertThat(one.path("max_updates").asInt()).isEqualTo(1_024);
    assertThat(one.path("last_applied").asInt()).isZero();
    assertThat(one.path("sweep_fee_rate").asInt()).isEqualTo(2_500);
    assertThat(table("get_sessions")).contains(id + "  anchor  0 of 1024 updates, 2500 sat/kw");
    assertThat(json("delete_session", id).path("deleted").asText()).isEqualTo(id);
    assertThat(json("get_sessions").path("sessions")).isEmpty();
    ProcessResult again = ask(true, "delete_session", id);
    assertThat(again.code()).isNotZero();
    assertThat(again.err()).contains("Session not found");
  }

  @Test
  void invitesUsersAndWithdrawsInvitations() throws Exception {
    assertThat(json("get_invitations").path("invitations")).isEmpty();
    assertThat(table("get_invitations")).isEqualTo("no invitations\n");
    String id = SecretKey.generate(new SecureRandom()).publicKey().toHex();
    assertThat(json("invite_user", id).path("invited").asText()).isEqualTo(id);
    assertThat(json("inviteuser", id).path("note").asText())
        .contains("no effect", "registration = open", "registration = invitation");
    assertThat(json("get_invitations").path("invitations").path(0).asText()).isEqualTo(id);
    assertThat(table("get_invitations")).isEqualTo(id + "\n");
    assertThat(table("withdraw_invitation", id))
        .startsWith("withdrawn: " + id + "\nnote: this has no effect now");
    ProcessResult again = ask(true, "withdraw_invitation", id);
    assertThat(again.code()).isEqualTo(7);
    assertThat(again.err()).contains("This user is not invited");
    assertThat(ask(true, "invite_user", "02ab").code()).isEqualTo(2);
  }

  @Test
  void setLogLevel_changesAndRestoresTheLevel() throws Exception {
    String logger = "teos.nowhere";
    assertThat(LoggerFactory.getLogger(logger).isTraceEnabled()).isFalse();
    assertThat(table("set_log_level", logger + "=trace"))
        .isEqualTo("log level of teos.nowhere: trace\n");
    assertThat(LoggerFactory.getLogger(logger).isTraceEnabled()).isTrue();
    table("set_log_level", logger + "=default");
    assertThat(LoggerFactory.getLogger(logger).isTraceEnabled()).isFalse();
    ProcessResult wrong = ask(true, "set_log_level", logger + "=loud");
    assertThat(wrong.code()).isNotZero();
    assertThat(wrong.err())
        .contains(
            "\"loud\" is not a log level; expected one of trace, debug, info, warn, error, off");
    assertThat(ask(true, "set_log_level", "loud").err()).contains("expected LOGGER=LEVEL");
  }

  private static Txid randomTxid() {
    byte[] bytes = new byte[Txid.LENGTH];
    new SecureRandom().nextBytes(bytes);
    return Txid.ofInternal(bytes);
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
  }

  private static ProcessResult ask(boolean terminal, String... command) {
    return ProcessResult.teosCli(terminal, where(command));
  }

  private static String[] where(String... command) {
    return with(
        new String[] {"--datadir", folder.toString(), "--rpcport", Integer.toString(rpcPort)},
        command);
  }

  private static JsonNode json(String... command) throws IOException {
    ProcessResult result = ask(false, command);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    return result.json();
  }

  private static String table(String... command) {
    ProcessResult result = ask(true, command);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    return result.out();
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> all = new ArrayList<>();
    array.forEach(all::add);
    return all;
  }

  @Test
  void getTowerInfo_showsTheTower() throws Exception {
    JsonNode info = json("get_tower_info");
    assertThat(info.path("tower_id").asText()).isEqualTo(tower.id().toHex());
    assertThat(info.path("n_registered_users").asInt()).isEqualTo(2);
    assertThat(info.path("n_watcher_appointments").asInt()).isEqualTo(2);
    assertThat(info.path("n_responder_trackers").asInt()).isEqualTo(1);
    assertThat(info.path("bitcoind_reachable").asBoolean()).isTrue();
    assertThat(info.path("block_height").asInt()).isEqualTo(bitcoind.height());
    JsonNode address = info.path("addresses").path(0);
    assertThat(address.path("type").asText()).isEqualTo("ipv4");
    assertThat(address.path("address").asText()).isEqualTo("192.0.2.1");
    assertThat(address.path("port").asInt()).isEqualTo(tower.api().getPort());
    String uri = tower.id() + "@192.0.2.1:";
    assertThat(info.path("public_addresses").findValuesAsText("for"))
        .containsExactly("teos", "lnd");
    assertThat(info.path("public_addresses").findValuesAsText("uri"))
        .allMatch(each -> each.startsWith(uri))
        .contains(uri + tower.api().getPort());
    assertThat(info.path("listens_at").asText()).isEqualTo("127.0.0.1:" + tower.api().getPort());

    assertThat(table("get_tower_info"))
        .contains("tower id               " + tower.id().toHex())
        .contains("for users              " + uri + tower.api().getPort())
        .contains("for lnd                " + uri)
        .contains("registered users       2\n")
        .contains("appointments watched   2\n")
        .contains("disputes in progress   1\n")
        .contains("bitcoind               reachable\n");
  }

  @Test
  void getAllAppointments_listsAppointmentsAndTrackers() throws Exception {
    List<JsonNode> all = list(json("get_all_appointments").path("appointments"));
    assertThat(all).hasSize(3);
    assertThat(all.subList(0, 2)).allSatisfy(RunningTowerTest::assertIsWatched);
    assertThat(all.subList(0, 2))
        .extracting(appointment -> appointment.path("user_id").asText())
        .containsExactlyInAnyOrder(alice.id().toHex(), bob.id().toHex());

    JsonNode tracker = all.get(2);
    Locator locator = Dialect.V2.locator(breached.commitmentTxid());
    assertThat(tracker.path("status").asText()).isEqualTo("dispute_responded");
    assertThat(tracker.path("locator").asText()).isEqualTo(locator.toHex());
    assertThat(tracker.path("dispute_txid").asText())
        .isEqualTo(breached.commitmentTxid().toString());
    assertThat(tracker.path("penalty_txid").asText())
        .isEqualTo(breached.penaltyTxid(FEE_RATE).toString());
    assertThat(tracker.path("penalty_rawtx").asText())
        .isEqualTo(HexFormat.of().formatHex(breached.penalty(FEE_RATE)));
    assertThat(tracker.path("penalty_status").asText()).isEqualTo("in_mempool");
    assertThat(tracker.path("uuid").asText())
        .isEqualTo(AppointmentUuid.of(locator, bob.id()).toHex());

    assertThat(table("get_all_appointments"))
        .startsWith("STATUS             LOCATOR ")
        .contains("being_watched      " + watched.locator().toHex())
        .contains("dispute_responded  " + locator.toHex())
        .contains("penalty " + breached.penaltyTxid(FEE_RATE) + ", in the mempool since block ")
        .endsWith("\n3 appointments\n");
  }

  @Test
  void tableFitsTheTerminal() {
    String[] command = where("get_all_appointments");
    for (int columns : new int[] {80, 120}) {
      String table = ProcessResult.teosCli(columns, command).out();
      assertThat(table.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(columns + 1));
      assertThat(table).contains("…", "since block 120, 116 bytes");
    }
    assertThat(ProcessResult.teosCli(80, with(command, "--wide")).out())
        .contains(bob.id().toHex(), breached.penaltyTxid(FEE_RATE).toString())
        .doesNotContain("…");
  }

  @Test
  void portsForUsers_areRecognizedAsNotTheRpc(@TempDir Path data) throws Exception {
    int port = FreePort.find();
    Map<String, String> tls =
        Map.of(
            "api_tls_certificate", folder.resolve("server.pem").toString(),
            "api_tls_key", folder.resolve("server-key.pem").toString());
    try (RunningTower other = start(data, port, FreePort.find(), tls)) {
      // TLS with a certificate of an unknown CA, TLS with one of the operator's CA, plain HTTP, and
      // lnd's port.
      assertIsNotRpc(data, other.api().getPort());
      assertIsNotRpc(folder, other.api().getPort());
      assertIsNotRpc(folder, tower.api().getPort());
      assertIsNotRpc(folder, lndPort);
    }
  }

  private static void assertIsNotRpc(Path data, int port) {
    ProcessResult result =
        ProcessResult.teosCli(
            true, "get_users", "--datadir", data.toString(), "--rpcport", Integer.toString(port));
    assertThat(result.code()).isEqualTo(6);
    assertThat(result.err()).contains("is not a tower's RPC", "rpc_port", "api_port");
  }

  @Test
  void getAppointments_showsTheHistoryOfABreach() throws Exception {
    String locator = Dialect.V2.locator(breached.commitmentTxid()).toHex();
    JsonNode tracker = list(json("get_appointments", locator).path("appointments")).getFirst();
    assertThat(list(tracker.path("history")))
        .extracting(event -> event.path("event").asText())
        .contains("seen", "sent");
    assertThat(Instant.parse(tracker.path("history").path(0).path("time").asText()))
        .isBeforeOrEqualTo(Instant.now());
    assertThat(table("get_appointments", locator))
        .containsPattern("Z  block 12\\d  seen: dispute in ")
        .containsPattern("Z  block 12\\d  sent\n");
  }

  private static void assertIsWatched(JsonNode appointment) {
    assertThat(appointment.path("status").asText()).isEqualTo("being_watched");
    assertThat(appointment.path("locator").asText()).isEqualTo(watched.locator().toHex());
    assertThat(appointment.path("start_block").asInt()).isEqualTo(120);
    boolean isAlice = appointment.path("user_id").asText().equals(alice.id().toHex());
    assertThat(appointment.path("encrypted_blob").asText())
        .isEqualTo(HexFormat.of().formatHex(isAlice ? watched.encryptedBlob() : new byte[3_000]));
    assertThat(appointment.path("to_self_delay").asInt()).isEqualTo(isAlice ? 144 : 42);
  }

  @Test
  void findsAppointmentsByLocatorOrTxid() throws Exception {
    List<JsonNode> both =
        list(json("get_appointments", watched.locator().toHex()).path("appointments"));
    assertThat(both).hasSize(2).allSatisfy(RunningTowerTest::assertIsWatched);

    String tracked = Dialect.V2.locator(breached.commitmentTxid()).toHex();
    JsonNode one = json("get_appointments", tracked).path("appointments");
    assertThat(one).hasSize(1);
    assertThat(one.path(0).path("status").asText()).isEqualTo("dispute_responded");

    // By txid in either byte order: dialect v1 takes the locator from one, v2 from the other.
    String txid = breached.commitmentTxid().toString();
    String reversed = breached.commitmentTxid().toHex();
    for (String either : List.of(txid, reversed)) {
      assertThat(json("get_appointments", either).path("appointments").path(0))
          .isEqualTo(one.path(0));
    }

    String unknown = "00".repeat(Locator.LENGTH);
    assertThat(json("get_appointments", unknown).path("appointments")).isEmpty();
    assertThat(table("get_appointments", unknown)).isEqualTo("no appointments\n");
  }

  @Test
  void getUsers_listsUsers() throws Exception {
    assertThat(list(json("get_users").path("user_ids")))
        .extracting(JsonNode::asText)
        .containsExactlyInAnyOrder(alice.id().toHex(), bob.id().toHex());
    JsonNode first = json("get_users").path("users").path(0);
    boolean isAlice = first.path("user_id").asText().equals(alice.id().toHex());
    assertThat(first.path("available_slots").asInt()).isEqualTo(isAlice ? 9_999 : 9_997);
    assertThat(first.path("subscription_expiry").asInt()).isEqualTo(4_440);
    assertThat(first.path("appointments").asInt()).isEqualTo(isAlice ? 1 : 2);
    assertThat(first.path("dialect").asText()).isEqualTo(isAlice ? "v1" : "v2");
    assertThat(Instant.parse(first.path("last_seen").asText())).isBeforeOrEqualTo(Instant.now());
    String day = first.path("last_seen").asText().substring(0, 10);
    assertThat(table("get_users"))
        .startsWith("USER ")
        .contains(alice.id().toHex() + "      9999      4440       1  " + day + "  v1\n")
        .contains(bob.id().toHex() + "      9997      4440       2  " + day + "  v2\n")
        .endsWith("\n2 users\n");
  }

  @Test
  void getUser_showsSubscriptionAndAppointments() throws Exception {
    JsonNode user = json("get_user", bob.id().toHex());
    assertThat(user.path("user_id").asText()).isEqualTo(bob.id().toHex());
    assertThat(user.path("dialect").asText()).isEqualTo("v2");
    assertThat(user.path("available_slots").asInt()).isEqualTo(10_000 - 3);
    assertThat(user.path("subscription_start").asInt()).isEqualTo(120);
    assertThat(user.path("subscription_expiry").asInt()).isEqualTo(120 + 4_320);
    assertThat(list(user.path("appointments")))
        .extracting(JsonNode::asText)
        .containsExactlyInAnyOrder(
            AppointmentUuid.of(watched.locator(), bob.id()).toHex(),
            AppointmentUuid.of(Dialect.V2.locator(breached.commitmentTxid()), bob.id()).toHex());

    assertThat(table("get_user", alice.id().toHex()))
        .contains("dialect                v1\nlast seen              20")
        .contains("subscription expiry    block 4440\n")
        .contains(
            watched.locator()
                + "  "
                + AppointmentUuid.of(watched.locator(), alice.id())
                + "\n1 appointment\n");
    assertThat(list(user.path("locators")))
        .extracting(JsonNode::asText)
        .containsExactlyInAnyOrder(
            watched.locator().toHex(), Dialect.V2.locator(breached.commitmentTxid()).toHex());
  }

  @Test
  void labelsAUser() throws Exception {
    String id = alice.id().toHex();
    String label = "Zoë's node, behind the 2nd router";
    assertThat(table("label_user", id, "  " + label)).isEqualTo("labelled: " + id + "\n");
    assertThat(json("get_user", id).path("label").asText()).isEqualTo(label);
    assertThat(table("get_user", id)).contains("label                  " + label + "\n");
    assertThat(table("get_users")).containsPattern(id + ".*  v1       " + label + "\n");
    String narrow = ProcessResult.teosCli(80, where("get_users")).out();
    assertThat(narrow.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(narrow).contains("  Zoë's", "…");
    assertThat(list(json("get_users").path("users")))
        .filteredOn(user -> user.has("label"))
        .singleElement()
        .satisfies(user -> assertThat(user.path("user_id").asText()).isEqualTo(id));

    ProcessResult tooLong = ask(true, "label_user", id, "x".repeat(65));
    assertThat(tooLong.code()).isEqualTo(5);
    assertThat(tooLong.err()).contains("at most 64 characters", "has 65");
    assertThat(ask(true, "label_user", id, "a\tb").err())
        .contains("may only have printable characters");
    assertThat(ask(true, "label_user", id, "\u202eabc").err()).contains("printable");
    assertThat(json("get_user", id).path("label").asText()).isEqualTo(label);
    String stranger = SecretKey.generate(new SecureRandom()).publicKey().toHex();
    assertThat(ask(true, "label_user", stranger, "x").code()).isEqualTo(7);

    assertThat(table("labeluser", id, "")).isEqualTo("label removed: " + id + "\n");
    assertThat(json("get_user", id).has("label")).isFalse();
    assertThat(ask(true, "label_user", id).err()).contains("LABEL");
  }

  @Test
  void unknownUser_fails() throws Exception {
    String stranger = SecretKey.generate(new SecureRandom()).publicKey().toHex();
    ProcessResult result = ask(false, "get_user", stranger);
    assertThat(result.code()).isEqualTo(7);
    assertThat(result.out()).isEmpty();
    assertThat(result.error().path("error").asText()).isEqualTo("User not found");
    assertThat(result.error().path("exit_code").asInt()).isEqualTo(7);
    assertThat(ask(true, "get_user", stranger).err()).isEqualTo("teos-cli: User not found\n");

    ProcessResult noKey = ask(true, "get_user", "05" + "00".repeat(32));
    assertThat(noKey.code()).isEqualTo(5);
    assertThat(noKey.err()).contains("INVALID_ARGUMENT").contains("compressed public key");
  }

  @Test
  void acceptsRustTeosSpelling() throws Exception {
    assertThat(json("gettowerinfo")).isEqualTo(json("get_tower_info"));
    assertThat(json("getallappointments").path("appointments")).hasSize(3);
    assertThat(json("getusers").path("user_ids")).hasSize(2);
    assertThat(json("getuser", alice.id().toHex()).path("dialect").asText()).isEqualTo("v1");
    assertThat(json("getappointments", watched.locator().toHex()).path("appointments")).hasSize(2);
  }

  @Test
  void jsonOption_printsJsonOnATerminal() throws Exception {
    ProcessResult result = ask(true, "get_users", "--json");
    assertThat(result.json().path("user_ids")).hasSize(2);
  }

  @Test
  void acceptsOptionsBeforeTheCommand() throws Exception {
    ProcessResult result =
        ProcessResult.teosCli(
            true,
            "--rpcconnect=localhost",
            "--rpcport=" + rpcPort,
            "--datadir=" + folder,
            "--json",
            "get_users");
    assertThat(result.json().path("user_ids")).hasSize(2);
  }

  @Test
  void readsRpcPortFromTheTowersConfigurationFile(@TempDir Path other) throws Exception {
    copyCertificates(folder, other);
    Files.writeString(other.resolve("teos.toml"), "rpc_port = " + rpcPort + "\n");
    ProcessResult result = ProcessResult.teosCli(false, "get_users", "--datadir", other.toString());
    assertThat(result.json().path("user_ids")).hasSize(2);
  }

  private static void copyCertificates(Path from, Path to) throws IOException {
    for (String name : new String[] {"ca.pem", "client.pem", "client-key.pem"}) {
      Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Test
  void fetchesAllPages(@TempDir Path data) throws Exception {
    int port = FreePort.find();
    int count = 2_345;
    try (RunningTower busy = start(data, port)) {
      TowerUser user = busy.registered(Dialect.V2);
      Set<String> sent = new HashSet<>();
      for (int i = 0; i < count; i++) {
        Appointment appointment = user.appointment(randomTxid(), new byte[20]);
        user.send(appointment);
        sent.add(appointment.locator().toHex());
      }
      String[] where = {"--datadir", data.toString(), "--rpcport", Integer.toString(port)};
      List<JsonNode> all =
          list(
              ProcessResult.teosCli(false, with(where, "get_all_appointments"))
                  .json()
                  .path("appointments"));
      assertThat(all)
          .hasSize(count)
          .extracting(appointment -> appointment.path("locator").asText())
          .containsExactlyInAnyOrderElementsOf(sent);
      assertThat(
              ProcessResult.teosCli(false, with(where, "get_user", user.id().toHex()))
                  .json()
                  .path("appointments"))
          .hasSize(count);
      assertThat(headOf(with(where, "get_all_appointments")))
          .isEqualTo(new ProcessResult(1, "", ""));
    }
  }

  /** Runs teos-cli like {@code | head} does: nothing reads its output. */
  private static ProcessResult headOf(String... command) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        new TeosCli(
                new PrintStream(new ClosedPipe(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                () -> 0)
            .run(command);
    return new ProcessResult(code, "", err.toString(StandardCharsets.UTF_8));
  }

  private static final class ClosedPipe extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("Broken pipe");
    }
  }

  private static String[] with(String[] where, String... command) {
    List<String> all = new ArrayList<>(Arrays.asList(command));
    all.addAll(Arrays.asList(where));
    return all.toArray(String[]::new);
  }

  @Test
  void stop_endsTheTowerGracefully(@TempDir Path data) throws Exception {
    int port = FreePort.find();
    try (RunningTower other = start(data, port)) {
      other.registered(Dialect.V2); // registrations are unsigned and do not count as seen
      String[] where = {"--datadir", data.toString(), "--rpcport", Integer.toString(port)};
      assertThat(ProcessResult.teosCli(true, with(where, "get_users")).out())
          .contains("  never       v2\n");
      ProcessResult result =
          ProcessResult.teosCli(
              true, "stop", "--datadir", data.toString(), "--rpcport", Integer.toString(port));
      assertThat(result.code()).isZero();
      assertThat(result.out()).isEqualTo("The tower is stopping.\n");
      assertThat(other.awaitExit()).isZero();
    }
    ProcessResult after =
        ProcessResult.teosCli(
            false, "stop", "--datadir", data.toString(), "--rpcport", Integer.toString(port));
    assertThat(after.code()).isEqualTo(3);
    assertThat(after.error().path("error").asText())
        .contains("127.0.0.1:" + port)
        .contains("is teosd running");
  }

  @Test
  void rejectsTheCertificatesOfAnotherTower(@TempDir Path data) throws Exception {
    int port = FreePort.find();
    try (RunningTower other = start(data, port)) {
      assertThat(other.id()).isNotEqualTo(tower.id());
      ProcessResult result = ask(true, "get_users", "--rpcport", Integer.toString(port));
      assertThat(result.code()).isEqualTo(2); // the option is given twice

      String[] mixed = {
        "get_users", "--datadir", folder.toString(), "--rpcport", Integer.toString(port)
      };
      ProcessResult refused = ProcessResult.teosCli(true, mixed);
      assertThat(refused.code()).isEqualTo(6);
      assertThat(refused.err()).contains("do not match").contains(folder.toString());
      assertThat(refused.out()).isEmpty();
    }
  }

  @Test
  void towerRejectsTheOperatorOfAnotherTower(@TempDir Path mixed, @TempDir Path data)
      throws Exception {
    int port = FreePort.find();
    try (RunningTower other = start(data, port)) {
      assertThat(other.api()).isNotEqualTo(tower.api());
      copyCertificates(data, mixed);
      Files.copy(
          folder.resolve("ca.pem"), mixed.resolve("ca.pem"), StandardCopyOption.REPLACE_EXISTING);
      ProcessResult refused =
          ProcessResult.teosCli(
              true,
              "get_users",
              "--datadir",
              mixed.toString(),
              "--rpcport",
              Integer.toString(rpcPort));
      assertThat(refused.code()).isEqualTo(6);
      assertThat(refused.out()).isEmpty();
    }
  }
}
