package teos.cli;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import teos.config.ConfigException;
import teos.config.ConfigLoader;
import teos.config.DefaultFolder;
import teos.config.OperatorSettings;
import teos.protocol.HostPort;
import teos.rpc.tls.CertificatePaths;

/**
 * Runs the commands that need a tower.
 *
 * @param terminal whether {@code out} is a terminal
 * @param columns width of the terminal; 0 if unknown
 */
record TowerCommands(PrintStream out, PrintStream err, boolean terminal, IntSupplier columns) {

  private static final int LOCATOR_BYTES = 16;
  private static final int TXID_BYTES = 32;
  private static final int USER_ID_BYTES = 33;

  private interface Query {
    void run(OperatorClient tower, Report report) throws IOException;
  }

  /** Runs {@code command}, which is neither {@code help} nor {@code completion}. */
  void run(Command command, ParsedArguments args) throws CliException, IOException {
    query(args, queryOf(command, args));
  }

  private static Query queryOf(Command command, ParsedArguments args) throws CliException {
    String argument = args.argument().orElse("");
    return switch (command) {
      case GET_APPOINTMENTS -> appointments(argument);
      case GET_ALL_APPOINTMENTS -> (tower, report) -> report.appointments(tower.allAppointments());
      case GET_TOWER_INFO -> (tower, report) -> report.towerInfo(tower.towerInfo());
      case GET_USERS -> (tower, report) -> report.users(tower::users, tower::userDetails);
      case GET_USER -> {
        ByteString id = userId(argument);
        yield (tower, report) -> {
          var user = tower.user(id);
          report.user(id, user, tower.appointments(id, user));
        };
      }
      case LABEL_USER -> {
        ByteString id = userId(argument);
        String label = args.argument(1).orElseThrow();
        yield (tower, report) -> {
          tower.label(id, label);
          report.done(label.isBlank() ? "label removed" : "labelled", Hex.of(id), "");
        };
      }
      case GET_SESSIONS -> (tower, report) -> report.sessions(tower.sessions());
      case DELETE_SESSION -> {
        ByteString id = hex(argument, USER_ID_BYTES, "a session's key");
        yield (tower, report) -> {
          tower.deleteSession(id);
          report.sessionDeleted(id);
        };
      }
      case INVITE_USER -> {
        ByteString id = userId(argument);
        yield (tower, report) -> report.done("invited", Hex.of(id), tower.invite(id));
      }
      case WITHDRAW_INVITATION -> {
        ByteString id = userId(argument);
        yield (tower, report) -> report.done("withdrawn", Hex.of(id), tower.withdrawInvitation(id));
      }
      case GET_INVITATIONS -> (tower, report) -> report.invitations(tower.invitations());
      case SET_LOG_LEVEL -> logLevel(argument);
      case STOP ->
          (tower, report) -> {
            tower.stop();
            report.stopping();
          };
      case HELP, COMPLETION -> throw new IllegalArgumentException(command.spelling());
    };
  }

  private static Query appointments(String locatorOrTxid) throws CliException {
    if (locatorOrTxid.length() == 2 * TXID_BYTES) {
      // The locator is the start of the txid: in display order in dialect v1, in internal order in
      // v2. The tower has users of both, so this looks up both.
      ByteString txid = hex(locatorOrTxid, TXID_BYTES, "a txid");
      ByteString locator = txid.substring(0, LOCATOR_BYTES);
      ByteString reversed = Hex.reversed(txid).substring(0, LOCATOR_BYTES);
      return (tower, report) -> report.appointments(tower.appointments(locator, reversed));
    }
    ByteString locator = hex(locatorOrTxid, LOCATOR_BYTES, "a locator");
    return (tower, report) -> report.appointments(tower.appointments(locator));
  }

  private static Query logLevel(String argument) throws CliException {
    String[] parts = argument.split("=", -1);
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new CliException(
          ExitCode.USAGE,
          "\"" + argument + "\": expected LOGGER=LEVEL, such as teos.tower.watcher=debug");
    }
    return (tower, report) ->
        report.done("log level of " + parts[0], tower.setLogLevel(parts[0], parts[1]), "");
  }

  private static ByteString userId(String text) throws CliException {
    return hex(text, USER_ID_BYTES, "a user id");
  }

  private static ByteString hex(String text, int bytes, String what) throws CliException {
    try {
      byte[] parsed = HexFormat.of().parseHex(text);
      if (parsed.length == bytes) {
        return ByteString.copyFrom(parsed);
      }
    } catch (IllegalArgumentException e) {
      // reported below, like a wrong length
    }
    throw new CliException(
        ExitCode.USAGE, what + " is " + 2 * bytes + " hex digits, not '" + text + "'");
  }

  private void query(ParsedArguments args, Query query) throws CliException, IOException {
    Path folder =
        args.option(CliOptions.DATA_DIR)
            .map(ConfigLoader::folder)
            .orElseGet(DefaultFolder::ofOperator);
    requireAccess(folder);
    OperatorSettings settings = settings(args, folder);
    HostPort endpoint = settings.rpc();
    boolean json = !terminal || args.flag(CliOptions.JSON);
    for (String warning : settings.warnings()) {
      err.println(json ? ErrorJson.warning(warning) : "teos-cli: warning: " + warning);
    }
    boolean wide = args.flag(CliOptions.WIDE);
    Report report =
        json ? new JsonReport(out) : new TableReport(out, wide ? 0 : columns.getAsInt(), wide);
    try (OperatorClient tower = connect(endpoint, folder)) {
      query.run(tower, report);
    } catch (StatusRuntimeException e) {
      throw RpcFailure.toCliException(
          e, endpoint, folder.toString(), () -> unreachableHint(settings));
    }
    requireReader();
  }

  /** Returns reasons why the tower may not be reachable at its configured address; may be empty. */
  private static String unreachableHint(OperatorSettings settings) {
    Optional<String> unreadable =
        settings
            .unreadableConfig()
            .map(file -> "cannot read " + file + "; if it sets rpc_port, use --rpcport");
    return Stream.concat(TeosdLock.describeHolder(settings).stream(), unreadable.stream())
        .collect(Collectors.joining(". Also, "));
  }

  /**
   * Ends the command if nothing reads the output any more, such as after {@code | head}. A
   * PrintStream does not report that by itself.
   */
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

  /** Requires access to the data folder, which only the tower's user and its group have. */
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
        join = ", or join the group " + attributes.group().getName();
      }
    } catch (IOException e) {
      // the message then omits the names
    }
    throw new CliException(
        ExitCode.FILES,
        "permission denied: "
            + folder
            + " belongs to the user "
            + owner
            + "; run sudo -u "
            + owner
            + " teos-cli ..."
            + join);
  }

  private static OperatorSettings settings(ParsedArguments args, Path folder) throws CliException {
    Map<String, String> flags = new HashMap<>();
    args.option(CliOptions.RPC_BIND).ifPresent(host -> flags.put("rpc_bind", host));
    args.option(CliOptions.RPC_PORT).ifPresent(port -> flags.put("rpc_port", port));
    try {
      return ConfigLoader.operatorSettings(flags, folder);
    } catch (ConfigException e) {
      throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }
}
