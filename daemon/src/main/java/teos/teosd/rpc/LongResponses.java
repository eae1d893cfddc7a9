package teos.teosd.rpc;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets only one long response at a time be built and sent: a full message takes about 30 MB until
 * the client has read it.
 */
final class LongResponses {

  /** Longest wait of a call for its turn. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Semaphore turn = new Semaphore(1, true);

  /**
   * Blocks until the turn of the call that {@code to} belongs to; the turn ends with the call. Must
   * run on the thread that serves the call.
   *
   * @throws StatusException if other calls take too long
   */
  void awaitTurn(StreamObserver<?> to) throws StatusException {
    try {
      if (!turn.tryAcquire(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw UnaryCalls.failure(
            Status.UNAVAILABLE, "The tower is busy with other long lists; request pages or retry");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw UnaryCalls.failure(Status.UNAVAILABLE, "The tower is stopping");
    }
    AtomicBoolean released = new AtomicBoolean();
    Runnable release =
        () -> {
          if (released.compareAndSet(false, true)) {
            turn.release();
          }
        };
    ServerCallStreamObserver<?> call = (ServerCallStreamObserver<?>) to;
    call.setOnCloseHandler(release);
    call.setOnCancelHandler(release);
    if (call.isCancelled()) {
      release.run(); // the call may have ended before its handlers were set
    }
  }
}
