package teos.teosd;

import java.io.Console;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.Terminal;
import teos.config.Config;
import teos.config.ConfigException;
import teos.config.ConfigLoader;
import teos.config.TeosdCommand;
import teos.config.TeosdOptions;
import teos.protocol.NativeLibraryException;
import teos.teosd.command.BackupCommand;
import teos.teosd.command.ImportCommand;
import teos.teosd.command.RunCommand;
import teos.teosd.command.StopCommand;
import teos.teosd.node.FrontEnd;
import teos.teosd.node.TowerKeys;
import teos.teosd.process.BackgroundProcess;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Logging;
import teos.teosd.process.StartupException;
import teos.teosd.process.Umask;

/**
 * The program {@code teosd [OPTIONS]}, which runs a tower; {@code teosd COMMAND [OPTIONS]}, which
 * runs a command on its data folder; and {@code teosd completion SHELL}.
 */
public final class Teosd {

  private Teosd() {}

  /** Runs the tower until it is stopped; exits with an {@link ExitCode}. */
  public static void main(String... args) {
    Logging.quiet();
    switch (TeosdOptions.parse(args)) {
      case TeosdOptions.Exit exit -> {
        (exit.exitCode() == 0 ? System.out : System.err).println(exit.text());
        System.exit(exit.exitCode());
      }
      case TeosdOptions.Start start -> System.exit(run(start, args).code());
    }
  }

  private static ExitCode run(TeosdOptions.Start start, String[] args) {
    try {
      Config config = ConfigLoader.load(start.command(), start.commandLine(), start.dataDir());
      if (start.command() == TeosdCommand.STOP || start.command() == TeosdCommand.BACKUP) {
        config.warnings().forEach(warning -> System.err.println("teosd: warning: " + warning));
      }
      if (start.command() != TeosdCommand.STOP) {
        Umask.ownerOnly();
      }
      return switch (start.command()) {
        case RUN -> runTower(start, config, args);
        case API -> runFrontEnd(config, args);
        case STOP -> StopCommand.run(config);
        case IMPORT -> ImportCommand.run(config, start.operand().orElseThrow());
        case BACKUP -> BackupCommand.backUp(config, start.operand().orElseThrow());
        case RESTORE -> BackupCommand.restore(config, start.operand().orElseThrow());
      };
    } catch (ConfigException e) {
      System.err.println("teosd: " + e.getMessage());
      return ExitCode.CONFIGURATION;
    } catch (StartupException e) {
      return failed(e.exitCode(), String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      return failed(ExitCode.ERROR, "interrupted", e);
    } catch (NativeLibraryException e) {
      return failed(ExitCode.ERROR, String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      return failed(ExitCode.ERROR, "unexpected error: " + e, e);
    }
  }

  private static ExitCode runTower(TeosdOptions.Start start, Config config, String[] args)
      throws StartupException, InterruptedException {
    boolean confirmed =
        start.assumeYes() || BackgroundProcess.isBackground(); // the first process has asked
    if (config.mode().overwriteKey() && !confirmed && !overwriteConfirmed(config)) {
      System.err.println("teosd: the key was not changed");
      return ExitCode.CONFIGURATION;
    }
    if (config.mode().daemon() && !BackgroundProcess.isBackground()) {
      return BackgroundProcess.start(Teosd.class, args, config);
    }
    return RunCommand.run(config);
  }

  private static ExitCode runFrontEnd(Config config, String[] args)
      throws StartupException, InterruptedException {
    return config.mode().daemon() && !BackgroundProcess.isBackground()
        ? BackgroundProcess.start(Teosd.class, args, config)
        : FrontEnd.main(config);
  }

  private static ExitCode failed(ExitCode code, String message, Exception e) {
    Logger logger = LoggerFactory.getLogger(Teosd.class);
    logger.error("cannot run: {}", message);
    logger.debug("cause", e);
    System.err.println("teosd: " + message);
    return code;
  }

  private static boolean overwriteConfirmed(Config config) {
    if (!TowerKeys.file(config).exists()) {
      return true;
    }
    Optional<Console> console = Terminal.interactive();
    if (console.isEmpty()) {
      System.err.println(
          "teosd: --overwritekey needs a confirmation, but there is no terminal; add --yes");
      return false;
    }
    String answer =
        console
            .get()
            .readLine(
                "The tower's key in %s will be lost, and with it the id by which users know the"
                    + " tower. This cannot be undone. Type 'yes' to continue: ",
                config.files().secretKey());
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).equals("yes");
  }
}
