package teos.teosd.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Assertions for calls that must fail. */
final class Refusals {

  private Refusals() {}

  /** Asserts that {@code call} fails with {@code code} and a message that contains {@code text}. */
  static void assertFails(Status.Code code, String text, ThrowingCallable call) {
    assertThat(assertFails(code, call).getDescription()).contains(text);
  }

  /** Asserts that {@code call} fails with {@code code}. */
  static Status assertFails(Status.Code code, ThrowingCallable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(failure).as("failure with %s", code).isNotNull();
    assertThat(failure.getStatus().getCode()).as("%s", failure).isEqualTo(code);
    return failure.getStatus();
  }
}
