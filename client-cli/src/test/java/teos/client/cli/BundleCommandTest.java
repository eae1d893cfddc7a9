package teos.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.testkit.Bitcoind;
import teos.testkit.junit.TestBitcoind;

/** Appointments with a bundle, against a running tower whose list of features a proxy replaces. */
@Tag("bitcoind")
class BundleCommandTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String TXID =
      "7ba4f298e2f2742c1d09d185d83a2bb93c926f7fe8263a4542ffc37bae96b177";

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

  private static String transaction(String parent, int seed) {
    return "0200000001"
        + Txid.fromDisplayHex(parent).toHex()
        + "0000000000ffffffff01e803000000000000160014"
        + "%02x".formatted(seed).repeat(20)
        + "00000000";
  }

  private static String json(String tx, String... bundle) {
    String list =
        Arrays.stream(bundle)
            .map(member -> '"' + member + '"')
            .collect(Collectors.joining(",", "[", "]"));
    return "{\"tx\":\"%s\",\"bundle\":%s,\"tx_id\":\"%s\",\"to_self_delay\":144}"
        .formatted(tx, list, TXID);
  }

  /** Returns a proxy for a tower that does or does not support bundles. */
  private static TowerProxy proxy(boolean supported) throws Exception {
    return new TowerProxy(
        tower.address(),
        (path, reply) -> {
          if (!path.equals("/register")) {
            return reply;
          }
          ObjectNode body = (ObjectNode) MAPPER.readTree(reply.body());
          body.remove("features");
          if (supported) {
            body.putArray("features").add("bundles");
          }
          return new TowerProxy.Reply(reply.status(), body.toString());
        });
  }

  private Run register(TowerProxy proxy, Dialect dialect) {
    Run registered =
        Run.piped(
            home,
            "register",
            id + "@127.0.0.1:" + proxy.port(),
            "--dialect=" + dialect.name().toLowerCase(Locale.ROOT));
    assertThat(registered.code()).as(registered.toString()).isZero();
    return registered;
  }

  @ParameterizedTest
  @CsvSource({"V1, true", "V1, false", "V2, true", "V2, false"})
  void addAppointment_withBundle(Dialect dialect, boolean supported) throws Exception {
    String locator = dialect.locator(Txid.fromDisplayHex(TXID)).toHex();
    try (TowerProxy proxy = proxy(supported)) {
      Run registered = register(proxy, dialect);
      assertThat(registered.json().path("bundles").asBoolean()).isEqualTo(supported);
      String input = json(transaction(TXID, 1), transaction(TXID, 2), transaction(TXID, 3));
      Run added = Run.piped(home, "add_appointment", input);
      assertThat(added.code()).as(added.toString()).isZero();
      assertThat(added.err()).isEmpty();
      assertThat(added.json().path("bundle").isBoolean()).isTrue();
      assertThat(added.json().path("bundle").asBoolean()).isEqualTo(supported);

      assertThat(Run.piped(home, "get_appointment", locator).json().path("standing").asText())
          .isEqualTo("ok");
      Path file = home.resolve("receipt.json");
      Files.writeString(file, Run.piped(home, "get_receipt", locator).out());
      Run verified = Run.terminal(home, "verify", file.toString(), "--txid", TXID);
      assertThat(verified.code()).as(verified.toString()).isZero();
      assertThat(verified.out().contains("the blob is a bundle of these")).isEqualTo(supported);
      assertThat(
              Run.piped(home, "list_towers")
                  .json()
                  .path("towers")
                  .get(0)
                  .path("bundles")
                  .isBoolean())
          .isTrue();

      Files.writeString(home.resolve("a.json"), input);
      assertThat(
              Run.terminal(home, "add_appointment", "-f", home.resolve("a.json").toString()).out())
          .contains(
              supported ? "Bundle       accepted" : "not sent: the tower does not support it");
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void addAppointment_withoutProxy_sendsTheBundle(Dialect dialect) {
    Run registered =
        Run.piped(
            home,
            "register",
            id + "@" + tower.address(),
            "--dialect=" + dialect.name().toLowerCase(Locale.ROOT));
    assertThat(registered.json().path("bundles").asBoolean()).isTrue();
    Run added =
        Run.piped(home, "add_appointment", json(transaction(TXID, 1), transaction(TXID, 2)));
    assertThat(added.json().path("bundle").asBoolean()).as(added.toString()).isTrue();
    assertThat(Run.piped(home, "get_subscription_info").code()).isZero();
    assertThat(
            Run.piped(home, "list_towers").json().path("towers").get(0).path("bundles").asBoolean())
        .isTrue();
  }

  @Test
  void addAppointment_malformedBundle_saysWhatIsWrong() throws Exception {
    String tx = transaction(TXID, 1);
    try (TowerProxy proxy = proxy(true)) {
      register(proxy, Dialect.V2);
      assertThat(error(json(tx))).contains("bundle: a list is expected, of at least one item");
      assertThat(error(json(tx, tx, "zz")))
          .contains("bundle[1]: a raw transaction in hex is expected");
      assertThat(error(json(tx, tx, "00".repeat(59))))
          .contains("bundle[1]: a transaction has at least 60 bytes, not 59");
      assertThat(error(json(tx).replace("[]", "\"" + tx + "\"")))
          .contains("bundle: a list is expected");
      assertThat(error(json(tx).replace("[]", "[1]"))).contains("bundle[0]: a raw transaction");
      assertThat(error(json("", tx).replace("\"tx\":\"\",", "")))
          .contains("tx: it is missing; it is sent to towers that do not support bundles")
          .contains("\"bundle\": [\"...\", \"...\"]");
      assertThat(Run.piped(home, "list_towers").json().path("towers").get(0).path("queued").asInt())
          .isZero();
    }
  }

  private String error(String input) {
    Run run = Run.terminal(home, "add_appointment", input);
    assertThat(run.code()).as(run.toString()).isEqualTo(2);
    assertThat(run.err()).startsWith("teos-client: the appointment: ").hasLineCount(1);
    return run.err();
  }

  @Test
  void addAppointment_uselessBundle_isWarnedAbout() throws Exception {
    String tx = transaction(TXID, 1);
    String elsewhere = transaction("ab".repeat(32), 2);
    try (TowerProxy proxy = proxy(true)) {
      register(proxy, Dialect.V2);
      // The outputs of second-stage transactions are worth uploading, but not on their own.
      assertThat(warnings(json(tx, tx, elsewhere))).isEmpty();
      assertThat(warnings(json(tx, elsewhere)))
          .singleElement()
          .asString()
          .contains("no transaction of the bundle spends from tx_id");
      assertThat(warnings(json(tx, tx, "ff".repeat(60))))
          .singleElement()
          .asString()
          .contains("bundle[1] is not a transaction, so the tower ignores it");
    }
  }

  private List<String> warnings(String input) {
    Run run = Run.terminal(home, "add_appointment", input);
    assertThat(run.code()).as(run.toString()).isZero();
    return run.err().lines().toList();
  }
}
