package teos.teosd.node;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StopLatch;
import teos.tower.database.StorageException;

/**
 * State of a process of the tower: assembled, then ready, until {@link #stopRequested} is set; and
 * the reason why it stops. Thread-safe.
 */
public final class RunState {

  private final StopLatch stopRequested = new StopLatch();
  private volatile boolean assembled;
  private volatile boolean ready;
  private volatile @Nullable StorageException storageFault;

  /** Returns the latch that begins an orderly shutdown when it is set. */
  public StopLatch stopRequested() {
    return stopRequested;
  }

  /** Records that all components exist, so that the process can shut down in an orderly way. */
  public void assembled() {
    assembled = true;
  }

  public boolean isAssembled() {
    return assembled;
  }

  /** Records that all services have started. */
  public void ready() {
    ready = true;
  }

  public boolean isReady() {
    return ready;
  }

  /**
   * Records the failure that has made the database unusable while the process was running.
   *
   * @param consequence for the operator, as written to the log
   */
  public void storageFailed(StorageException fault, Logger logger, String consequence) {
    storageFault = fault;
    logger.atError().addKeyValue("reason", fault.getMessage()).log(consequence);
    logger.atDebug().setCause(fault).log("cause of the stop");
  }

  /** Returns the exit code after an orderly shutdown: an error if the database failed. */
  public ExitCode exitCode(Logger logger) {
    storageFault()
        .ifPresent(
            fault ->
                logger
                    .atError()
                    .addKeyValue("reason", fault.getMessage())
                    .log("stopped because of the database"));
    return storageFault().map(ExitCode::of).orElse(ExitCode.OK);
  }

  /** Returns the failure that has made the database unusable; empty if there was none. */
  public Optional<StorageException> storageFault() {
    return Optional.ofNullable(storageFault);
  }

  /** Exits immediately. Loses nothing, because everything that the tower signed is on disk. */
  public static void exitImmediately(Logger logger, String signal) {
    logger.atWarn().addKeyValue("signal", signal).log("second signal, exiting immediately");
    Runtime.getRuntime().halt(ExitCode.KILLED.code());
  }
}
