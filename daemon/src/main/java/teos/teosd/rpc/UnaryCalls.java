package teos.teosd.rpc;

import com.google.protobuf.MessageLite;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.tower.database.StorageException;

/** Answers calls, and tells what went wrong by gRPC's own codes. */
final class UnaryCalls {

  private static final Logger log = LoggerFactory.getLogger(UnaryCalls.class);

  /** The most bytes that gRPC clients take in one message if they are not told otherwise. */
  static final int MAX_MESSAGE = 4 * 1024 * 1024;

  private UnaryCalls() {}

  interface Call<T> {
    T answer() throws StatusException;
  }

  static <T extends MessageLite> void answer(StreamObserver<T> to, Call<T> call) {
    T answer;
    try {
      answer = call.answer();
    } catch (StatusException e) {
      to.onError(e);
      return;
    } catch (StorageException e) {
      log.error("a call failed", e);
      to.onError(failure(Status.UNAVAILABLE, "The tower's database does not answer now"));
      return;
    } catch (RuntimeException e) {
      log.error("a call failed", e);
      to.onError(failure(Status.INTERNAL, "The tower has failed; its log says how"));
      return;
    }
    to.onNext(answer);
    to.onCompleted();
  }

  static StatusException failure(Status status, String why) {
    return status.withDescription(why).asException();
  }

  static StatusException invalid(String why) {
    return failure(Status.INVALID_ARGUMENT, why);
  }

  /** More than fits into one answer. */
  static StatusException tooMany(String what) {
    return failure(
        Status.RESOURCE_EXHAUSTED,
        what
            + " do not fit into one message of "
            + MAX_MESSAGE
            + " bytes: ask for pages (page_size, page_token)");
  }
}
