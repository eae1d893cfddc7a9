package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.config.TeosdOptions.Exit;
import teos.config.TeosdOptions.Start;

class TeosdOptionsTest {

  @TempDir Path folder;

  private static final List<String> PYTHON_TEOS =
      List.of(
          "--apibind",
          "--apiport",
          "--rpcbind",
          "--rpcport",
          "--btcnetwork",
          "--btcrpcuser",
          "--btcrpcpassword",
          "--btcrpcconnect",
          "--btcrpcport",
          "--btcfeedconnect",
          "--btcfeedport",
          "--datadir",
          "--wsgi",
          "-d",
          "--daemon",
          "--overwritekey",
          "-h",
          "--help");
  private static final List<String> RUST_TEOS =
      List.of(
          "--btcrpccookie",
          "--torsupport",
          "--torcontrolport",
          "--onionhiddenserviceport",
          "--forceupdate",
          "--debug",
          "--depsdebug",
          "-V",
          "--version");
  private static final List<String> OURS =
      List.of(
          "--defaultdialect",
          "--btcfeedprotocol",
          "-y",
          "--yes",
          "--pollingdelta",
          "--subscriptionslots",
          "--subscriptionduration",
          "--expirydelta",
          "--mintoselfdelay",
          "--maxappointments",
          "--locatorcachesize",
          "--internalapihost",
          "--internalapiport",
          "--internalapiworkers",
          "--logfile",
          "--teossecretkey",
          "--databasepath");

  private static Start start(String... args) {
    assertThat(TeosdOptions.parse(args)).isInstanceOf(Start.class);
    return (Start) TeosdOptions.parse(args);
  }

  private static Exit exit(String... args) {
    assertThat(TeosdOptions.parse(args)).isInstanceOf(Exit.class);
    return (Exit) TeosdOptions.parse(args);
  }

  @Test
  void parse_noArguments_startsTheTowerWithDefaults() {
    Path dataDir = Path.of(System.getProperty("user.home"), ".teos");
    assertThat(start())
        .isEqualTo(new Start(TeosdCommand.RUN, Optional.empty(), dataDir, Map.of(), false));
  }

  @Test
  void passesValuesOnUnchanged() {
    assertThat(start("--apiport", "x", "--btcrpcuser=", "-d", "--overwritekey", "-y"))
        .satisfies(start -> assertThat(start.assumeYes()).isTrue())
        .extracting(Start::commandLine)
        .isEqualTo(
            Map.of("api_port", "x", "btc_rpc_user", "", "daemon", "true", "overwrite_key", "true"));
  }

  @Test
  void passesEveryFlagOnUnderItsKey() {
    Setting.withFlag()
        .forEach(
            setting -> {
              String[] args =
                  setting.isSwitch()
                      ? new String[] {setting.flag()}
                      : new String[] {setting.flag(), "value"};
              assertThat(start(args).commandLine())
                  .isEqualTo(Map.of(setting.key(), setting.isSwitch() ? "true" : "value"));
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"@file", "-x", "--debug", "a b", "\"q\"", "${user.home}", "%s", "=="})
  void acceptsAnyTextAsPassword(String password) {
    assertThat(start("--btcrpcpassword", password).commandLine())
        .isEqualTo(Map.of("btc_rpc_password", password));
  }

  @Test
  void makesDataDirAbsolute() {
    Path home = Path.of(System.getProperty("user.home"));
    assertThat(start("--datadir", "~").dataDir()).isEqualTo(home);
    assertThat(start("--datadir", "~/a/../b").dataDir()).isEqualTo(home.resolve("b"));
    assertThat(start("--datadir", "c").dataDir()).isEqualTo(Path.of("c").toAbsolutePath());
    assertThat(start("--datadir=/d").dataDir()).isEqualTo(Path.of("/d"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-h", "--help"})
  void helpNamesEveryFlagAndDefault(String flag) {
    Exit help = exit(flag);

    assertThat(help.exitCode()).isZero();
    assertThat(help.text()).contains(PYTHON_TEOS).contains(RUST_TEOS).contains(OURS);
    Setting.withFlag()
        .filter(setting -> !setting.isSwitch())
        .forEach(
            setting ->
                assertThat(help.text()).contains(setting.flag() + "=" + setting.rule().label()));
    assertThat(help.text()).contains("Default: 9814", "Default: ~/.teos", "Default: v2");
    assertThat(help.text().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
  }

  @Test
  void helpListsCommandsFirstAndOptionsByGroup() {
    String help = exit("--help").text();
    assertThat(help)
        .containsSubsequence(
            "Commands:",
            "  api ",
            "  stop ",
            "  completion ",
            "bitcoind:",
            "--btcnetwork",
            "--pollingdelta",
            "Public API:",
            "--apibind",
            "Operator's RPC",
            "--rpcbind",
            "Log:",
            "--debug",
            "Other:",
            "--daemon",
            "General:",
            "--datadir",
            "--help");
    assertThat(exit("help").text()).isEqualTo(help);
  }

  @Test
  void helpOfACommandListsOnlyTheOptionsItUses() {
    String stop = exit("stop", "--help").text();
    assertThat(stop).contains("--btcnetwork", "--datadir").doesNotContain("--api", "--yes", "Log:");
    assertThat(exit("help", "stop").text()).isEqualTo(stop);
    assertThat(exit("completion", "--help").text())
        .contains("Usage: teosd completion", "bash, zsh");
    assertThat(exit("help", "completion")).isEqualTo(exit("completion", "--help"));
    assertThat(exit("help", "help").text()).contains("Usage: teosd help", "<command>");
    assertThat(exit("help", "--help")).isEqualTo(exit("help", "help"));
    assertThat(exit("backup", "--help").text())
        .contains("<file>", "--databasepath")
        .doesNotContain("--btcrpcuser");
    assertThat(exit("api", "--help").text())
        .contains("--apibind", "--databaseurl")
        .doesNotContain("--btcrpcuser", "--overwritekey");
    // Scripts may pass all of the tower's options to a command.
    assertThat(start("stop", "--apiport", "1").commandLine()).containsKey("api_port");
  }

  @Test
  void groupOtherHasOnlySettingsOfNoOtherGroup() {
    assertThat(Setting.withFlag().filter(setting -> SettingGroup.of(setting) == SettingGroup.OTHER))
        .containsExactlyInAnyOrder(
            Setting.DAEMON, Setting.OVERWRITE_KEY, Setting.FORCE_UPDATE, Setting.WSGI);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-V", "--version"})
  void version(String flag) {
    assertThat(exit(flag).exitCode()).isZero();
    assertThat(exit(flag).text()).startsWith("teosd ");
  }

  @Test
  void rejectsUnknownAndMalformedArguments() {
    assertThat(exit("--apiports", "1"))
        .isEqualTo(
            new Exit(
                "Unknown option: --apiports; did you mean --apiport?\n"
                    + "teosd --help lists the options.",
                2));
    assertThat(exit("--frobnicate").text()).startsWith("Unknown option: --frobnicate\n");
    assertThat(exit("--apiprot=1").text()).contains("--apiprot; did you mean --apiport?");
    assertThat(exit("bakcup").text())
        .startsWith("unknown command 'bakcup'; did you mean backup?\n");
    assertThat(exit("--datadir", "/x", "bakup").text()).contains("'bakup'; did you mean backup?");
    assertThat(exit("--apiports", "1", "stop").text()).contains("did you mean --apiport?");
    assertThat(exit("--apiport").text()).contains("--apiport", "<port>");
    assertThat(exit("--apiport", "1", "--apiport", "2").text()).contains("--apiport", "once");
    assertThat(exit("--debug=false").text()).contains("--debug", "without");
    assertThat(exit("start").text()).startsWith("unknown command 'start'; without");
    assertThat(exit("--datadir", "").text()).contains("--datadir");
    assertThat(exit("--datadir", "\0").text()).contains("--datadir");
    assertThat(exit("--apiport").exitCode()).isEqualTo(2);
    assertThat(exit("start").exitCode()).isEqualTo(2);
  }

  @Test
  void errorsDoNotRepeatPasswords() {
    List<String[]> mistakes =
        List.of(
            new String[] {"--btcrpcpasword", "hunter2"},
            new String[] {"--btcrpcpasword=hunter2"},
            new String[] {"--btcrpcpassword", "a", "hunter2"},
            new String[] {"stop", "--btcrpcpassword=a", "hunter2"},
            new String[] {"--btcrpcpassword", "hunter2", "--btcrpcpassword", "hunter2"});
    for (String[] mistake : mistakes) {
      assertThat(exit(mistake).text()).doesNotContain("hunter2");
    }
    assertThat(start("--btcrpcpassword", "hunter2").toString()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void completesEveryOptionInBothShells(String shell) {
    Exit exit = TeosdOptions.completion(shell);
    assertThat(exit.exitCode()).isZero();
    assertThat(exit.text()).contains("'--btcnetwork'", "'--datadir'", "stop");
  }

  @Test
  void completesValuesInBash() throws Exception {
    Path folder = Files.createDirectory(this.folder.resolve("completed"));
    Files.createFile(folder.resolve("a_certificate.pem"));
    assertThat(completed("--btcnetwork", "si")).isEqualTo("signet");
    assertThat(completed("--defaultdialect", "")).isEqualTo("v1 v2");
    assertThat(completed("--apitlscertificate", folder + "/a_"))
        .isEqualTo(folder + "/a_certificate.pem");
    assertThat(completed("--datadir", this.folder + "/comp")).isEqualTo(folder.toString());
  }

  /** Returns the completions that bash offers for {@code word} after {@code option}. */
  private static String completed(String option, String word) throws Exception {
    String line = "teosd " + option + " " + word;
    String script =
        TeosdOptions.completion("bash").text()
            + "\nCOMP_WORDS=(teosd '"
            + option
            + "' '"
            + word
            + "'); COMP_CWORD=2"
            + "\nCOMP_LINE='"
            + line
            + "'; COMP_POINT="
            + line.length()
            + "\n_complete_teosd; echo \"${COMPREPLY[@]}\"\n";
    Process bash =
        new ProcessBuilder("bash", "-s")
            // compopt complains there that it is not running in a completion
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream to = bash.getOutputStream()) {
      to.write(script.getBytes(StandardCharsets.UTF_8));
    }
    return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void rejectsOtherShells() {
    assertThat(TeosdOptions.completion("fish").exitCode()).isEqualTo(2);
  }

  @Test
  void commandTakesOptionsAndAnOperand() {
    assertThat(start("stop").command()).isEqualTo(TeosdCommand.STOP);
    assertThat(start("api").command()).isEqualTo(TeosdCommand.API);
    Start moving = start("import", "--btcnetwork", "regtest", "~/.old", "--datadir=/new");
    assertThat(moving.command()).isEqualTo(TeosdCommand.IMPORT);
    assertThat(moving.operand()).contains(Path.of(System.getProperty("user.home"), ".old"));
    assertThat(moving.dataDir()).isEqualTo(Path.of("/new"));
    assertThat(moving.commandLine()).isEqualTo(Map.of("btc_network", "regtest"));
    assertThat(start("backup", "x.zip").operand()).contains(Path.of("x.zip").toAbsolutePath());
    assertThat(start("restore", "/x.zip").command()).isEqualTo(TeosdCommand.RESTORE);
  }

  @Test
  void acceptsOptionsBeforeTheCommand() {
    assertThat(start("--datadir", "/d", "-d", "--btcnetwork=regtest", "backup", "--yes", "/x.zip"))
        .isEqualTo(
            new Start(
                TeosdCommand.BACKUP,
                Optional.of(Path.of("/x.zip")),
                Path.of("/d"),
                Map.of("btc_network", "regtest", "daemon", "true"),
                true));
    assertThat(start("--btcrpcpassword", "stop").command()).isEqualTo(TeosdCommand.RUN);
    assertThat(start("--datadir", "stop", "stop").dataDir())
        .isEqualTo(Path.of("stop").toAbsolutePath());
    assertThat(exit("--debug", "help", "stop")).isEqualTo(exit("stop", "--help"));
  }

  @Test
  void rejectsMissingAndSurplusOperands() {
    assertThat(exit("import").text()).contains("<folder>");
    assertThat(exit("backup", "one", "two").exitCode()).isEqualTo(2);
    assertThat(exit("stop", "now").exitCode()).isEqualTo(2);
    assertThat(exit("stop", "now").text()).startsWith("unexpected argument 'now' of teosd stop\n");
    assertThat(exit("help", "bakup").exitCode()).isEqualTo(2);
    assertThat(exit("help", "bakup").text()).contains("'bakup'; did you mean backup?");
    assertThat(exit("help", "stop", "now").text()).contains("unexpected argument 'now'");
    assertThat(exit("completion").text()).contains("bash or zsh");
    assertThat(exit("completion", "fish").text()).contains("bash or zsh, not 'fish'");
    assertThat(exit("import", "--help").text()).contains("teosd import", "rust-teos");
  }
}
