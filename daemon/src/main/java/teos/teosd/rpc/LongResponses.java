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
 * Lets one long response at a time be built and sent: one that fills a message takes some 30 MB
 * until the client has read it.
 */
final class LongResponses {

  /** For which a call waits for its turn. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Semaphore turn = new Semaphore(1, true);

  /**
   * Blocks until it is the turn of the call that {@code to} belongs to; the turn ends with the
   * call. Must be called by the thread that has been given the call, before it returns.
   *
   * @throws StatusException if others take too long
   */
  void await(StreamObserver<?> to) throws StatusException {
    try {
      if (!turn.tryAcquire(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw UnaryCalls.failure(
            Status.UNAVAILABLE, "The tower is busy with other long lists; ask for pages or retry");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw UnaryCalls.failure(Status.UNAVAILABLE, "The tower is stopping");
    }
    AtomicBoolean ended = new AtomicBoolean();
    Runnable end =
        () -> {
          if (ended.compareAndSet(false, true)) {
            turn.release();
          }
        };
    ServerCallStreamObserver<?> call = (ServerCallStreamObserver<?>) to;
    call.setOnCloseHandler(end);
    call.setOnCancelHandler(end);
    if (call.isCancelled()) {
      end.run(); // its handler may have been set too late
    }
  }
}
