package teos.cli;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import teos.config.Config;
import teos.config.ConfigException;
import teos.config.ConfigLoader;
import teos.rpc.tls.CertificatePaths;

/** The program {@code teos-cli [OPTIONS] COMMAND [ARGUMENT]}. */
public final class TeosCli {

  private static final int LOCATOR_BYTES = 16;
  private static final int USER_ID_BYTES = 33;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final CommandLine commandLine = CliOptions.commandLine(version());

  /**
   * @param terminal whether a person reads {@code out}
   */
  TeosCli(PrintStream out, PrintStream err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** Runs one command; exits with an {@link ExitCode}. */
  public static void main(String... args) {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)),
            false,
            StandardCharsets.UTF_8);
    boolean terminal = System.console() != null && System.console().isTerminal();
    int code = new TeosCli(out, System.err, terminal).run(args);
    out.flush();
    Runtime.getRuntime().halt(code); // no hooks to run, and no threads of gRPC's to wait for
  }

  /** Runs one command; the answer is the exit code. */
  int run(String... args) {
    boolean json = !terminal || List.of(args).contains(CliOptions.JSON);
    boolean debug = false;
    try {
      ParseResult parsed = commandLine.parseArgs(args);
      ParseResult deepest = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
      debug = deepest.matchedOptionValue(CliOptions.DEBUG, false)
          || parsed.matchedOptionValue(CliOptions.DEBUG, false);
      if (deepest.isUsageHelpRequested() || parsed.isUsageHelpRequested()) {
        out.print(deepest.commandSpec().commandLine().getUsageMessage(Ansi.OFF));
        return ExitCode.OK.code();
      }
      if (deepest.isVersionHelpRequested() || parsed.isVersionHelpRequested()) {
        out.println(commandLine.getCommandSpec().version()[0]);
        return ExitCode.OK.code();
      }
      if (!parsed.hasSubcommand()) {
        throw new CliException(ExitCode.USAGE, "a command is expected");
      }
      Logger.getLogger("").setLevel(debug ? Level.ALL : Level.OFF); // grpc-java's own log
      run(Command.named(deepest.commandSpec().name()).orElseThrow(), deepest);
      out.flush();
      return ExitCode.OK.code();
    } catch (ParameterException e) {
      return failed(
          new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e), json, debug);
    } catch (CliException e) {
      return failed(e, json, debug);
    } catch (IOException e) {
      return failed(new CliException(ExitCode.FAILED, "cannot write: " + e, e), json, debug);
    }
  }

  private void run(Command command, ParseResult parsed) throws CliException, IOException {
    Optional<String> argument =
        parsed.matchedPositionals().isEmpty()
            ? Optional.empty()
            : Optional.of(parsed.matchedPositional(0).getValue());
    switch (command) {
      case HELP -> help(argument);
      case COMPLETION -> out.print(Completion.script(commandLine, argument.orElseThrow()));
      case GET_APPOINTMENTS -> {
        ByteString locator = hex(argument.orElseThrow(), LOCATOR_BYTES, "a locator");
        ask(parsed, (tower, report) -> report.appointments(tower.appointments(locator)));
      }
      case GET_USER -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a user id");
        ask(
            parsed,
            (tower, report) -> {
              var user = tower.user(id);
              report.user(id, user, tower.uuids(id, user));
            });
      }
      case GET_ALL_APPOINTMENTS ->
          ask(parsed, (tower, report) -> report.appointments(tower.allAppointments()));
      case GET_TOWER_INFO -> ask(parsed, (tower, report) -> report.towerInfo(tower.towerInfo()));
      case GET_USERS -> ask(parsed, (tower, report) -> report.users(tower.users()));
      case STOP ->
          ask(
              parsed,
              (tower, report) -> {
                tower.stop();
                report.stopping();
              });
    }
  }

  private void help(Optional<String> name) throws CliException {
    if (name.isEmpty()) {
      out.print(commandLine.getUsageMessage(Ansi.OFF));
      return;
    }
    Command command =
        Command.named(name.get())
            .orElseThrow(
                () ->
                    new CliException(
                        ExitCode.USAGE, "there is no command " + name.get()));
    out.print(
        commandLine.getSubcommands().get(command.spelling()).getUsageMessage(Ansi.OFF));
  }

  private static ByteString hex(String text, int bytes, String what) throws CliException {
    try {
      byte[] parsed = HexFormat.of().parseHex(text);
      if (parsed.length == bytes) {
        return ByteString.copyFrom(parsed);
      }
    } catch (IllegalArgumentException e) {
      // told below, like a wrong length
    }
    throw new CliException(
        ExitCode.USAGE, what + " is " + 2 * bytes + " hex digits, not '" + text + "'");
  }

  private interface Question {
    void ask(Operator tower, Report report) throws IOException;
  }

  private void ask(ParseResult parsed, Question question) throws CliException, IOException {
    Path folder = folder(parsed);
    Config.Endpoint endpoint = endpoint(parsed, folder);
    String where = endpoint.host() + ":" + endpoint.port();
    boolean json = !terminal || parsed.matchedOptionValue(CliOptions.JSON, false);
    Report report = json ? new JsonReport(out) : new TableReport(out);
    try (Operator tower = connect(endpoint, folder)) {
      question.ask(tower, report);
    } catch (StatusRuntimeException e) {
      throw RpcFailure.explained(e, where, folder.toString());
    }
    if (out.checkError()) {
      throw new IOException("the output has been closed");
    }
  }

  private static Operator connect(Config.Endpoint endpoint, Path folder) throws CliException {
    try {
      return Operator.at(endpoint.host(), endpoint.port(), new CertificatePaths(folder));
    } catch (IOException e) {
      throw new CliException(ExitCode.FILES, String.valueOf(e.getMessage()), e);
    }
  }

  private static Path folder(ParseResult parsed) {
    return ConfigLoader.folder(
        CliOptions.given(parsed, CliOptions.DATA_DIR).orElse(CliOptions.DEFAULT_DATA_DIR));
  }

  private static Config.Endpoint endpoint(ParseResult parsed, Path folder) throws CliException {
    Map<String, String> flags = new HashMap<>();
    CliOptions.given(parsed, CliOptions.RPC_BIND).ifPresent(host -> flags.put("rpc_bind", host));
    CliOptions.given(parsed, CliOptions.RPC_PORT).ifPresent(port -> flags.put("rpc_port", port));
    try {
      return ConfigLoader.operatorsRpc(flags, folder);
    } catch (ConfigException e) {
      throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private int failed(CliException e, boolean json, boolean debug) {
    out.flush();
    err.println(json ? ErrorJson.of(e) : "teos-cli: " + e.getMessage());
    if (e.exitCode() == ExitCode.USAGE && !json) {
      err.println("teos-cli help lists the commands.");
    }
    if (debug) {
      e.printStackTrace(err);
    }
    return e.exitCode().code();
  }

  private static String version() {
    return Optional.ofNullable(TeosCli.class.getPackage().getImplementationVersion())
        .orElse("(unreleased)");
  }
}
