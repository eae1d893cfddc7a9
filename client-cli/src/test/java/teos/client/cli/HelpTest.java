package teos.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import teos.testkit.TestTimeouts;

/** The help texts, which must equal the recorded ones, and shell completion. */
class HelpTest {

  @TempDir Path home;

  static Set<String> names() {
    return new TreeSet<>(new Commands().commandLine().getSubcommands().keySet());
  }

  @Test
  void commands_areComplete() {
    assertThat(names())
        .contains(
            "register",
            "add_appointment",
            "get_appointment",
            "get_subscription_info",
            "get_receipt",
            "ping",
            "help",
            "verify",
            "send_queued",
            "list_towers",
            "completion",
            "remove_tower");
  }

  @Test
  void help_addAppointment_namesTheSourceOfTheParameters() {
    assertThat(Run.terminal(home, "help", "add_appointment").out().replaceAll("\\s+", " "))
        .contains(
            "tx and tx_id come from your Lightning node", "commitment_revocation", "wtclient");
  }

  @ParameterizedTest
  @MethodSource("names")
  void help_ofEachCommand_isAsRecorded(String name) {
    String expected = recordedHelp(name);
    assertThat(Run.terminal(home, "help", name)).isEqualTo(new Run(0, expected, ""));
    assertThat(Run.terminal(home, name, "--help")).isEqualTo(new Run(0, expected, ""));
    assertThat(Run.piped(home, name, "-h").out()).isEqualTo(expected);
  }

  @Test
  void help_ofTheProgram_isAsRecorded() {
    String expected = recordedHelp("teos-client");
    for (String args : new String[] {"help", "--help", "-h"}) {
      assertThat(Run.terminal(home, args)).isEqualTo(new Run(0, expected, ""));
    }
    for (ExitCode code : ExitCode.values()) {
      assertThat(expected).contains(code.line());
    }
  }

  @Test
  void commandsOptionsKeysAndExitCodes_areDocumented() throws IOException {
    Path page = Path.of(System.getProperty("teos.root", "..")).resolve("docs/client.md");
    assumeTrue(Files.exists(page), "run outside the project's folder");
    String text = Files.readString(page);
    assertThat(names()).allMatch(name -> text.contains("| `" + name));
    assertThat(Flags.specs()).allMatch(flag -> text.contains("`" + flag.longestName() + "`"));
    assertThat(Settings.KEYS).allMatch(key -> text.contains("`" + key + "`"));
    for (ExitCode code : ExitCode.values()) {
      assertThat(text).contains("| " + code.line().strip().replaceFirst("  ", " | ") + " |");
    }
  }

  @Test
  void version_isPrinted() {
    for (String args : new String[] {"--version", "-V"}) {
      assertThat(Run.terminal(home, args).out()).startsWith("teos-client ");
    }
  }

  @Test
  void completion_containsCommandsOptionsAndValues() throws Exception {
    for (String shell : new String[] {"bash", "zsh"}) {
      Run run = Run.terminal(home, "completion", shell);
      assertThat(run.code()).isZero();
      assertThat(run.out()).contains(names()).contains("--apiconnect", "--txid");
    }
    // values too
    assertThat(Run.terminal(home, "completion", "bash").out())
        .contains("(\"v1\" \"v2\")", "(\"bash\" \"zsh\")")
        .containsPattern("'--cacert'\\)[^;]*compgen -f");
    // bash can run it
    String script =
        Run.terminal(home, "completion", "bash").out()
            + "\nCOMP_WORDS=(teos-client get_); COMP_CWORD=1; COMP_LINE='teos-client get_'\n"
            + "_complete_teos-client; echo \"${COMPREPLY[@]}\"\n";
    Process bash = new ProcessBuilder("bash", "-s").redirectErrorStream(true).start();
    bash.getOutputStream().write(script.getBytes(StandardCharsets.UTF_8));
    bash.getOutputStream().close();
    String completed = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    bash.waitFor();
    assertThat(completed).contains("get_appointment", "get_subscription_info", "get_receipt");
  }

  /** A separate process has no terminal, so it prints JSON; its exit status is the exit code. */
  @Test
  void process_printsJsonAndExitsWithTheCode() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Stream.concat(
                    Stream.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "teos.client.cli.TeosClient"),
                    Stream.of("list_towers"))
                .toList());
    builder.environment().put("HOME", home.toString());
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(out).isEqualTo("{\n  \"towers\" : [ ]\n}\n");
  }

  private static String recordedHelp(String name) {
    try (InputStream in = HelpTest.class.getResourceAsStream("/help/" + name + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
