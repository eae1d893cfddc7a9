package teos.teosd.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Calls that have to fail. */
final class Refusals {

  private Refusals() {}

  /** Asserts that {@code call} ends with {@code code}, and that its message has {@code says}. */
  static void assertFails(Status.Code code, String says, ThrowingCallable call) {
    assertThat(assertFails(code, call).getDescription()).contains(says);
  }

  /** Asserts that {@code call} ends with {@code code}. */
  static Status assertFails(Status.Code code, ThrowingCallable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(failure).as("a call that ends with %s", code).isNotNull();
    assertThat(failure.getStatus().getCode()).as("%s", failure).isEqualTo(code);
    return failure.getStatus();
  }
}
