package teos.teosd.node;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StopLatch;
import teos.tower.database.StorageException;

/**
 * How far a process of the tower has come, and why it stops. Safe for any number of threads.
 *
 * <p>A process is assembled, then ready; it stops once {@link #stopRequested} is set.
 */
public final class RunState {

  private final StopLatch stopRequested = new StopLatch();
  private volatile boolean assembled;
  private volatile boolean ready;
  private volatile @Nullable StorageException storageFault;

  /** Set to begin an orderly shutdown. */
  public StopLatch stopRequested() {
    return stopRequested;
  }

  /** Records that all components exist, so that the process can be stopped in order. */
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

  /** Returns how a process ends that was stopped in order: with an error if its database failed. */
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

  /** Ends the process at once. Loses nothing: everything that was signed for is on disk. */
  public static void endAtOnce(Logger logger, String signal) {
    logger.atWarn().addKeyValue("signal", signal).log("second signal, ending at once");
    Runtime.getRuntime().halt(ExitCode.KILLED.code());
  }
}
