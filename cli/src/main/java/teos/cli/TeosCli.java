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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import teos.common.Completion;
import teos.common.Suggestion;
import teos.common.Terminal;
import teos.common.Version;
import teos.config.ConfigException;
import teos.config.ConfigLoader;
import teos.config.DefaultFolder;
import teos.config.OperatorSettings;
import teos.protocol.HostPort;
import teos.rpc.tls.CertificatePaths;

/** The program {@code teos-cli [OPTIONS] COMMAND [ARGUMENT]}. */
public final class TeosCli {

  private static final int LOCATOR_BYTES = 16;
  private static final int TXID_BYTES = 32;
  private static final int USER_ID_BYTES = 33;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final IntSupplier columns;
  private final CommandLine commandLine = CliOptions.commandLine(Version.current());

  /**
   * @param terminal whether a person reads {@code out}
   * @param columns how wide it is then; 0 if that is not known
   */
  TeosCli(PrintStream out, PrintStream err, boolean terminal, IntSupplier columns) {
    this.columns = columns;
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
    boolean terminal = Terminal.interactive().isPresent();
    int code = new TeosCli(out, System.err, terminal, Terminal::columns).run(args);
    out.flush();
    Runtime.getRuntime().halt(code); // no hooks to run, and no threads of gRPC's to wait for
  }

  /** Runs one command; the answer is the exit code. */
  int run(String... args) {
    boolean json = !terminal || List.of(args).contains(CliOptions.JSON);
    boolean debug = false;
    try {
      ParsedArguments given = ParsedArguments.of(commandLine.parseArgs(args));
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
    } catch (UnmatchedArgumentException e) {
      return failed(new CliException(ExitCode.USAGE, unmatched(e), e), json, debug);
    } catch (ParameterException e) {
      return failed(new CliException(ExitCode.USAGE, wrong(e, args), e), json, debug);
    } catch (CliException e) {
      return failed(e, json, debug);
    } catch (IOException e) {
      return failed(new CliException(ExitCode.FAILED, "cannot write: " + e, e), json, debug);
    } catch (UncheckedIOException e) {
      return ExitCode.FAILED.code(); // nobody is there to be told
    }
  }

  private void run(Command command, ParsedArguments given) throws CliException, IOException {
    Optional<String> argument = given.argument();
    switch (command) {
      case HELP -> help(argument);
      case COMPLETION -> out.print(completion(argument.orElseThrow()));
      case GET_APPOINTMENTS -> {
        String text = argument.orElseThrow();
        if (text.length() == 2 * TXID_BYTES) {
          // Which order of bytes it is does not matter: dialect v1 takes the locator from one, v2
          // from the other, and the tower has users of both.
          ByteString txid = hex(text, TXID_BYTES, "a txid");
          ByteString one = txid.substring(0, LOCATOR_BYTES);
          ByteString other = Hex.reversed(txid).substring(0, LOCATOR_BYTES);
          ask(given, (tower, report) -> report.appointments(tower.appointments(one, other)));
        } else {
          ByteString locator = hex(text, LOCATOR_BYTES, "a locator");
          ask(given, (tower, report) -> report.appointments(tower.appointments(locator)));
        }
      }
      case GET_USER -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a user id");
        ask(
            given,
            (tower, report) -> {
              var user = tower.user(id);
              report.user(id, user, tower.appointments(id, user));
            });
      }
      case LABEL_USER -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a user id");
        String label = given.argument(1).orElseThrow();
        ask(
            given,
            (tower, report) -> {
              tower.label(id, label);
              report.done(label.isBlank() ? "label removed" : "labelled", Hex.of(id), "");
            });
      }
      case GET_ALL_APPOINTMENTS ->
          ask(given, (tower, report) -> report.appointments(tower.allAppointments()));
      case GET_TOWER_INFO -> ask(given, (tower, report) -> report.towerInfo(tower.towerInfo()));
      case GET_USERS ->
          ask(given, (tower, report) -> report.users(tower::users, tower::userDetails));
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
        ask(given, (tower, report) -> report.done("invited", Hex.of(id), tower.invite(id)));
      }
      case WITHDRAW_INVITATION -> {
        ByteString id = hex(argument.orElseThrow(), USER_ID_BYTES, "a user id");
        ask(
            given,
            (tower, report) -> report.done("withdrawn", Hex.of(id), tower.withdrawInvitation(id)));
      }
      case GET_INVITATIONS ->
          ask(given, (tower, report) -> report.invitations(tower.invitations()));
      case SET_LOG_LEVEL -> {
        String[] parts = argument.orElseThrow().split("=", -1);
        if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
          throw new CliException(
              ExitCode.USAGE,
              "\""
                  + argument.get()
                  + "\": expected LOGGER=LEVEL, such as teos.tower.watcher=debug");
        }
        ask(
            given,
            (tower, report) ->
                report.done("log level of " + parts[0], tower.setLogLevel(parts[0], parts[1]), ""));
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
                        ExitCode.USAGE,
                        "there is no command "
                            + name.get()
                            + Suggestion.hint(name.get(), commandLine.getSubcommands().keySet())));
    CommandLine subcommand =
        Objects.requireNonNull(commandLine.getSubcommands().get(command.spelling()));
    out.print(subcommand.getUsageMessage(Ansi.OFF));
  }

  private static String unmatched(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().getFirst();
    CommandLine command = e.getCommandLine();
    if (argument.startsWith("-")) {
      String option = argument.replaceFirst("=.*", "");
      return "unknown option '"
          + option
          + "'"
          + Suggestion.hint(option, command.getCommandSpec().optionsMap().keySet());
    }
    return command.getParent() == null
        ? "unknown command '"
            + argument
            + "'"
            + Suggestion.hint(argument, command.getSubcommands().keySet())
        : "unexpected argument '" + argument + "'";
  }

  /** Explains a missing argument: picocli takes one that begins with {@code -} for an option. */
  private static String wrong(ParameterException e, String... args) {
    String message = String.valueOf(e.getMessage());
    if (!(e instanceof MissingParameterException)) {
      return message;
    }
    var options = e.getCommandLine().getCommandSpec().optionsMap().keySet();
    return Arrays.stream(args)
        .filter(arg -> arg.startsWith("-") && !arg.equals("--"))
        .map(arg -> arg.replaceFirst("=.*", ""))
        .filter(arg -> !options.contains(arg))
        .findFirst()
        .map(
            arg ->
                message
                    + "; there is no option '"
                    + arg
                    + "': if it is an argument, put -- before it")
        .orElse(message);
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

  private interface Query {
    void ask(OperatorClient tower, Report report) throws IOException;
  }

  private void ask(ParsedArguments given, Query question) throws CliException, IOException {
    Path folder = folder(given);
    requireAccess(folder);
    OperatorSettings settings = settings(given, folder);
    HostPort endpoint = settings.rpc();
    boolean json = !terminal || given.flag(CliOptions.JSON);
    for (String warning : settings.warnings()) {
      err.println(json ? ErrorJson.warning(warning) : "teos-cli: warning: " + warning);
    }
    int room = json || given.flag(CliOptions.WIDE) ? 0 : columns.getAsInt();
    Report report =
        json ? new JsonReport(out) : new TableReport(out, room, given.flag(CliOptions.WIDE));
    try (OperatorClient tower = connect(endpoint, folder)) {
      question.ask(tower, report);
    } catch (StatusRuntimeException e) {
      throw RpcFailure.toCliException(e, endpoint, folder.toString(), () -> note(settings));
    }
    requireReader();
  }

  /** Returns why the tower may not be where it was looked for. */
  private static String note(OperatorSettings settings) {
    Optional<String> closed =
        settings
            .unreadableConfig()
            .map(file -> "you may not read " + file + "; if rpc_port is set there, give --rpcport");
    return Stream.concat(TeosdLock.describeHolder(settings).stream(), closed.stream())
        .collect(Collectors.joining(". Also, "));
  }

  /** A PrintStream keeps it to itself when nobody reads on, such as after {@code | head}. */
  private void requireReader() {
    if (out.checkError()) {
      throw new UncheckedIOException(new IOException("the output has been closed"));
    }
  }

  private OperatorClient connect(HostPort endpoint, Path folder) throws CliException {
    try {
      return OperatorClient.at(
          endpoint.host(), endpoint.port(), new CertificatePaths(folder), this::requireReader);
    } catch (IOException e) {
      throw new CliException(ExitCode.FILES, String.valueOf(e.getMessage()), e);
    }
  }

  private static Path folder(ParsedArguments given) {
    return given
        .option(CliOptions.DATA_DIR)
        .map(ConfigLoader::folder)
        .orElseGet(DefaultFolder::ofOperator);
  }

  /** The tower's own user, and who is in their group, may see what is in its folder. */
  private static void requireAccess(Path folder) throws CliException {
    if (!Files.isDirectory(folder) || Files.isExecutable(folder)) {
      return;
    }
    String owner = "its owner";
    String join = "";
    try {
      PosixFileAttributes attributes = Files.readAttributes(folder, PosixFileAttributes.class);
      owner = attributes.owner().getName();
      if (attributes.permissions().contains(PosixFilePermission.GROUP_EXECUTE)) {
        join = ", or become a member of the group " + attributes.group().getName();
      }
    } catch (IOException e) {
      // not told then
    }
    throw new CliException(
        ExitCode.FILES,
        "permission denied: "
            + folder
            + " belongs to the user "
            + owner
            + "; try sudo -u "
            + owner
            + " teos-cli ..."
            + join);
  }

  private static OperatorSettings settings(ParsedArguments given, Path folder) throws CliException {
    Map<String, String> flags = new HashMap<>();
    given.option(CliOptions.RPC_BIND).ifPresent(host -> flags.put("rpc_bind", host));
    given.option(CliOptions.RPC_PORT).ifPresent(port -> flags.put("rpc_port", port));
    try {
      return ConfigLoader.operatorSettings(flags, folder);
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
