package teos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.config.OperatorSettings;
import teos.protocol.HostPort;

/** Help, completion and errors of teos-cli that need no tower. */
class CommandLineTest {

  private static String text(String name) throws IOException {
    try (InputStream in = CommandLineTest.class.getResourceAsStream("/help/" + name + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void helpOfTheProgram() throws Exception {
    assertThat(ProcessResult.teosCli(true, "help"))
        .isEqualTo(new ProcessResult(0, text("teos-cli"), ""));
    assertThat(ProcessResult.teosCli(false, "--help"))
        .isEqualTo(new ProcessResult(0, text("teos-cli"), ""));
    assertThat(ProcessResult.teosCli(true, "-h").out()).isEqualTo(text("teos-cli"));
  }

  @ParameterizedTest
  @EnumSource
  void helpOfEachCommand(Command command) throws Exception {
    String name = command.spelling();
    assertThat(ProcessResult.teosCli(true, "help", name))
        .isEqualTo(new ProcessResult(0, text(name), ""));
    assertThat(ProcessResult.teosCli(true, name, "--help"))
        .isEqualTo(new ProcessResult(0, text(name), ""));
  }

  @Test
  void helpOfUnknownCommand_fails() {
    ProcessResult result = ProcessResult.teosCli(true, "help", "get_rich");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).startsWith("teos-cli: unknown command 'get_rich'\n");
  }

  @Test
  void suggestsTheClosestCommandOrOption() {
    assertThat(ProcessResult.teosCli(true, "get_user_s").err())
        .startsWith("teos-cli: unknown command 'get_user_s'; did you mean get_users?\n");
    assertThat(ProcessResult.teosCli(true, "gettowrinfo").err())
        .contains("did you mean get_tower_info?");
    assertThat(ProcessResult.teosCli(true, "get_users", "--rpcprot=1").err())
        .startsWith("teos-cli: unknown option '--rpcprot'; did you mean --rpcport?\n");
    assertThat(ProcessResult.teosCli(true, "help", "stpo").err()).contains("did you mean stop?");
    assertThat(ProcessResult.teosCli(true, "frobnicate").err()).doesNotContain("did you mean");
  }

  @Test
  void jsonErrorsHaveTheFormatOfTeosClient() {
    assertThat(ProcessResult.teosCli(false, "frobnicate").err())
        .isEqualTo("{\"error\":\"unknown command 'frobnicate'\",\"exit_code\":2}\n");
  }

  @Test
  void describeHolder_namesTheProcessThatHoldsTheLock(@TempDir Path folder) throws Exception {
    OperatorSettings settings =
        new OperatorSettings(
            new HostPort("127.0.0.1", 1),
            folder,
            folder.resolve("teos.log"),
            Optional.empty(),
            List.of());
    assertThat(TeosdLock.describeHolder(settings)).isEmpty();
    Path lock = Files.writeString(folder.resolve("teosd.lock"), "4711");
    assertThat(TeosdLock.describeHolder(settings)).isEmpty();
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      channel.lock();
      assertThat(TeosdLock.describeHolder(settings))
          .get(InstanceOfAssertFactories.STRING)
          .contains("teosd is running (pid 4711)", folder.resolve("teos.log").toString());
    }
    assertThat(TeosdLock.describeHolder(settings)).isEmpty();
  }

  @Test
  void inaccessibleFolder_errorNamesItsOwner(@TempDir Path folder) throws Exception {
    Path closed =
        Files.createDirectory(
            folder.resolve("closed"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
    assumeFalse(Files.isExecutable(closed), "root can access every folder");
    ProcessResult result = ProcessResult.teosCli(true, "get_users", "--datadir", closed.toString());
    assertThat(result.code()).isEqualTo(8);
    assertThat(result.err())
        .contains("permission denied: " + closed, "sudo -u " + Files.getOwner(closed).getName());
  }

  @Test
  void version() {
    assertThat(ProcessResult.teosCli(true, "--version").out()).startsWith("teos-cli ");
    assertThat(ProcessResult.teosCli(true, "get_users", "-V").code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "get_rich",
        "get_user",
        "get_appointments",
        "get_users --rpcport",
        "get_users --rpcport=0",
        "get_users --rpcport=x",
        "get_users --nonsense",
        "get_users nonsense",
        "get_user 02",
        "get_appointments zz",
        "completion",
        "completion fish",
      })
  void wrongUsage_exitsWith2AndAMessage(String line) throws Exception {
    String[] args = line.isEmpty() ? new String[0] : line.split(" ");
    ProcessResult result = ProcessResult.teosCli(true, args);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("teos-cli: ")
        .endsWith("teos-cli help lists the commands.\n");
    assertThat(ProcessResult.teosCli(false, args).error().path("exit_code").asInt()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"label_user 02 -x", "label_user -x", "get_user -x=1"})
  void argumentThatLooksLikeAnOption_errorSuggestsTwoDashes(String line) {
    assertThat(ProcessResult.teosCli(true, line.split(" ")).err())
        .contains("unknown option '-x': if it is an argument, put -- before it");
    assertThat(ProcessResult.teosCli(true, "label_user", "02", "--", "-x").err())
        .contains("a user id is");
  }

  @Test
  void rejectsLocatorOfTheWrongLength() {
    assertThat(ProcessResult.teosCli(true, "get_appointments", "00ff").err())
        .contains("a locator is 32 hex digits, not '00ff'");
  }

  @Test
  void missingCertificates_fail(@TempDir Path folder) throws Exception {
    ProcessResult result = ProcessResult.teosCli(true, "get_users", "--datadir", folder.toString());
    assertThat(result.code()).isEqualTo(8);
    assertThat(result.err())
        .contains(folder.resolve("ca.pem").toString())
        .contains("does not exist");
  }

  @Test
  void malformedCertificates_fail(@TempDir Path folder) throws Exception {
    for (String name : new String[] {"ca.pem", "client.pem", "client-key.pem"}) {
      Files.writeString(folder.resolve(name), "no PEM");
    }
    ProcessResult result = ProcessResult.teosCli(true, "get_users", "--datadir", folder.toString());
    assertThat(result.code()).isEqualTo(8);
    assertThat(result.err()).contains(folder.resolve("ca.pem").toString());
  }

  @Test
  void configurationFile_unknownKeyWarnsAndInvalidValueFails(@TempDir Path folder)
      throws Exception {
    Files.writeString(folder.resolve("teos.toml"), "rpc_prot = 1\n");
    ProcessResult result = ProcessResult.teosCli(true, "get_users", "--datadir", folder.toString());
    assertThat(result.code()).as("an unknown key does not stop the command").isEqualTo(8);
    assertThat(result.err())
        .startsWith("teos-cli: warning: rpc_prot ")
        .contains("unknown setting; did you mean rpc_port?\n");
    Files.writeString(folder.resolve("teos.toml"), "rpc_port = 0\n");
    assertThat(ProcessResult.teosCli(true, "get_users", "--datadir", folder.toString()).code())
        .isEqualTo(2);
  }

  @Test
  void bashScriptCompletes(@TempDir Path folder) throws Exception {
    ProcessResult result = ProcessResult.teosCli(false, "completion", "bash");
    assertThat(result.code()).isZero();
    Path script = Files.writeString(folder.resolve("completion"), result.out());
    Path driver =
        Files.writeString(
            folder.resolve("ask.sh"),
            """
            source "$1"
            COMP_WORDS=(teos-cli get_t) COMP_CWORD=1 COMP_LINE='teos-cli get_t' COMP_POINT=14
            _complete_teos-cli
            echo "${COMPREPLY[@]}"
            COMP_WORDS=(teos-cli --rpc) COMP_CWORD=1 COMP_LINE='teos-cli --rpc' COMP_POINT=14
            _complete_teos-cli
            echo "${COMPREPLY[@]}"
            """);
    Process bash =
        new ProcessBuilder("bash", driver.toString(), script.toString())
            // compopt complains there that it is not running in a completion
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(output).isZero();
    assertThat(output).isEqualTo("get_tower_info\n--rpcbind --rpcconnect --rpcport\n");
  }

  @Test
  void zshScriptContainsTheBashScript() {
    String bash = ProcessResult.teosCli(false, "completion", "bash").out();
    assertThat(ProcessResult.teosCli(false, "completion", "zsh").out())
        .startsWith("#compdef teos-cli\n")
        .contains(bash);
  }
}
