package teos.cli;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
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
import teos.config.Completion;
import teos.config.Config;
import teos.config.ConfigException;
import teos.config.ConfigLoader;
import teos.config.Version;
import teos.rpc.tls.CertificatePaths;

/** The program {@code teos-cli [OPTIONS] COMMAND [ARGUMENT]}. */
public final class TeosCli {

  private static final int LOCATOR_BYTES = 16;
  private static final int USER_ID_BYTES = 33;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final CommandLine commandLine = CliOptions.commandLine(Version.current());

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
      Given given = Given.of(commandLine.parseArgs(args));
      debug = given.flag(CliOptions.DEBUG);
      if (given.asksForHelp()) {
        out.print(given.spec().commandLine().getUsageMessage(Ansi.OFF));
      } else if (given.asksForVersion()) {
        out.println(commandLine.getCommandSpec().version()[0]);
      } else if (given.hasCommand()) {
        Logger.getLogger("").setLevel(debug ? Level.ALL : Level.OFF); // grpc-java's own log
        run(Command.named(given.spec().name()).orElseThrow(), given);
      } else {
        throw new CliException(ExitCode.USAGE, "a command is expected");
      }
      out.flush();
      return ExitCode.OK.code();
    } catch (ParameterException e) {
      return failed(
          new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e), json, debug);
    } catch (CliException e) {
      return failed(e, json, debug);
    } catch (IOException e) {
      return failed(new CliException(ExitCode.FAILED, "cannot write: " + e, e), json, debug);
    } catch (UncheckedIOException e) {
      return ExitCode.FAILED.code(); // nobody is there to be told
    }
  }

  private void run(Command command, Given given) throws CliException, IOException {
    Optional<String> argument = given.argument();
    switch (command) {
      case HELP -> help(argument);
      case COMPLETION -> out.print(completion(argument.orElseThrow()));
      case GET_APPOINTMENTS -> {
        ByteString locator = hex(argument.orElseThrow(), LOCATOR_BYTES, "a locator");
        ask(given, (tower, report) -> report.appointments(tower.appointments(locator)));
      }
      case GET_USER -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a user id");
        ask(
            given,
            (tower, report) -> {
              var user = tower.user(id);
              report.user(id, user, tower.uuids(id, user));
            });
      }
      case GET_ALL_APPOINTMENTS ->
          ask(given, (tower, report) -> report.appointments(tower.allAppointments()));
      case GET_TOWER_INFO -> ask(given, (tower, report) -> report.towerInfo(tower.towerInfo()));
      case GET_USERS -> ask(given, (tower, report) -> report.users(tower.users()));
      case GET_SESSIONS -> ask(given, (tower, report) -> report.sessions(tower.sessions()));
      case DELETE_SESSION -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a session's key");
        ask(
            given,
            (tower, report) -> {
              tower.deleteSession(id);
              report.sessionDeleted(id);
            });
      }
      case INVITE_USER -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a user id");
        ask(
            given,
            (tower, report) -> {
              tower.invite(id);
              report.done("invited", Hex.of(id));
            });
      }
      case WITHDRAW_INVITATION -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a user id");
        ask(
            given,
            (tower, report) -> {
              tower.withdrawInvitation(id);
              report.done("withdrawn", Hex.of(id));
            });
      }
      case GET_INVITATIONS ->
          ask(given, (tower, report) -> report.invitations(tower.invitations()));
      case SET_LOG_LEVEL -> {
        String[] parts = argument.orElseThrow().split("=", -1);
        if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
          throw new CliException(
              ExitCode.USAGE,
              "\"" + argument.get() + "\": expected LOGGER=LEVEL, such as teos.tower.watcher=debug");
        }
        ask(
            given,
            (tower, report) ->
                report.done(
                    "log level of " + parts[0], tower.setLogLevel(parts[0], parts[1])));
      }
      case STOP ->
          ask(
              given,
              (tower, report) -> {
                tower.stop();
                report.stopping();
              });
    }
  }

  private String completion(String shell) throws CliException {
    return Completion.script(commandLine, shell)
        .orElseThrow(
            () ->
                new CliException(
                    ExitCode.USAGE,
                    "completion is for " + Completion.SHELLS + ", not '" + shell + "'"));
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

  private void ask(Given given, Question question) throws CliException, IOException {
    Path folder = folder(given);
    Config.Endpoint endpoint = endpoint(given, folder);
    String where = endpoint.host() + ":" + endpoint.port();
    boolean json = !terminal || given.flag(CliOptions.JSON);
    Report report = json ? new JsonReport(out) : new TableReport(out);
    try (Operator tower = connect(endpoint, folder)) {
      question.ask(tower, report);
    } catch (StatusRuntimeException e) {
      throw RpcFailure.explained(e, where, folder.toString());
    }
    requireReader();
  }

  /** A PrintStream keeps it to itself when nobody reads on, such as after {@code | head}. */
  private void requireReader() {
    if (out.checkError()) {
      throw new UncheckedIOException(new IOException("the output has been closed"));
    }
  }

  private Operator connect(Config.Endpoint endpoint, Path folder) throws CliException {
    try {
      return Operator.at(
          endpoint.host(), endpoint.port(), new CertificatePaths(folder), this::requireReader);
    } catch (IOException e) {
      throw new CliException(ExitCode.FILES, String.valueOf(e.getMessage()), e);
    }
  }

  private static Path folder(Given given) {
    return ConfigLoader.folder(
        given.option(CliOptions.DATA_DIR).orElse(CliOptions.DEFAULT_DATA_DIR));
  }

  private static Config.Endpoint endpoint(Given given, Path folder) throws CliException {
    Map<String, String> flags = new HashMap<>();
    given.option(CliOptions.RPC_BIND).ifPresent(host -> flags.put("rpc_bind", host));
    given.option(CliOptions.RPC_PORT).ifPresent(port -> flags.put("rpc_port", port));
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
}
