package teos.teosd.rpc;

import com.google.protobuf.MessageLite;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.tower.database.StorageException;

/** Sends responses to unary calls, and maps failures to gRPC status codes. */
final class UnaryCalls {

  private static final Logger log = LoggerFactory.getLogger(UnaryCalls.class);

  /** Largest message, in bytes, that gRPC clients accept by default. */
  static final int MAX_MESSAGE = 4 * 1024 * 1024;

  private UnaryCalls() {}

  /** Computes the response of a call. */
  interface Call<T> {
    T respond() throws StatusException;
  }

  static <T extends MessageLite> void answer(StreamObserver<T> to, Call<T> call) {
    T response;
    try {
      response = call.respond();
    } catch (StatusException e) {
      to.onError(e);
      return;
    } catch (StorageException e) {
      log.error("call failed", e);
      to.onError(failure(Status.UNAVAILABLE, "The tower's database is unavailable"));
      return;
    } catch (RuntimeException e) {
      log.error("call failed", e);
      to.onError(failure(Status.INTERNAL, "Internal error; see the tower's log"));
      return;
    }
    to.onNext(response);
    to.onCompleted();
  }

  static StatusException failure(Status status, String why) {
    return status.withDescription(why).asException();
  }

  static StatusException invalid(String why) {
    return failure(Status.INVALID_ARGUMENT, why);
  }

  /** Returns the error for a list that does not fit into one message. */
  static StatusException tooMany(String what) {
    return failure(
        Status.RESOURCE_EXHAUSTED,
        what
            + " do not fit into one message of "
            + MAX_MESSAGE
            + " bytes; request pages (page_size, page_token)");
  }
}
