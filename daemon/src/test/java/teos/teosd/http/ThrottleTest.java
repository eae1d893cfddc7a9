package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.Eventually;
import teos.testkit.TestTimeouts;

class ThrottleTest {

  private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.1");
  private static final int BURST = 10;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // it may wrap around

  private static PublicKey user() {
    return SecretKey.generate(new SecureRandom()).publicKey();
  }

  @Test
  void requestsOverTheLimit_waitForTheirTurn() throws Exception {
    Throttle throttle = new Throttle(new Throttle.Limits(20, 0, 0));
    long start = System.nanoTime();
    for (int i = 0; i < 20 * BURST + 4; i++) {
      throttle.request(InetAddress.ofLiteral("2001:db8:0:1::" + i));
    }
    assertThat(System.nanoTime() - start)
        .as("four turns later than the burst")
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
  }

  @Test
  void thisMachineHasNoLimit() throws Exception {
    Throttle throttle = new Throttle(new Throttle.Limits(1, 1, 0), now::get);
    for (int i = 0; i < 1_000; i++) {
      throttle.request(InetAddress.ofLiteral("127.0.0.1"));
      throttle.registration(InetAddress.ofLiteral("::1"));
    }
  }

  @Test
  void whatWouldWaitForTooLong_isRefusedWithTheTimeToRetry() throws Exception {
    Throttle throttle = new Throttle(new Throttle.Limits(0, 1, 0), now::get);
    throttle.registration(CLIENT);
    assertThatThrownBy(() -> throttle.registration(CLIENT))
        .isInstanceOfSatisfying(
            RateLimitExceededException.class,
            e -> assertThat(e.retryAfterSeconds()).isEqualTo(3_600))
        .hasMessage("Too many registrations from your address; retry after 3600 s");
  }

  @Test
  void requestsThatWait_haveALimitInBytes() throws Exception {
    Throttle throttle = new Throttle(new Throttle.Limits(0, 0, 1), now::get);
    PublicKey first = user();
    PublicKey second = user();
    for (int i = 0; i < BURST; i++) {
      throttle.request(first, Throttle.MAX_WAITING_BYTES);
      throttle.request(second, Throttle.MAX_WAITING_BYTES);
    }
    CompletableFuture<Void> waits = inBackground(throttle, first, Throttle.MAX_WAITING_BYTES - 1);
    Eventually.holds("it waits", () -> throttle.waitingBytes() > 0);
    assertThatThrownBy(() -> throttle.request(second, 2))
        .isInstanceOf(RateLimitExceededException.class);
    assertThat(waits).isNotDone();
    throttle.release();
    waits.get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
    assertThat(throttle.waitingBytes()).isZero();
  }

  private static CompletableFuture<Void> inBackground(
      Throttle throttle, PublicKey user, int bytes) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                throttle.request(user, bytes);
                done.complete(null);
              } catch (RateLimitExceededException e) {
                done.completeExceptionally(e);
              }
            });
    return done;
  }

  @Test
  void aTowerThatStops_letsAllGoOn() throws Exception {
    Throttle throttle = new Throttle(new Throttle.Limits(0, 0, 1), now::get);
    PublicKey user = user();
    throttle.release();
    for (int i = 0; i < BURST + 10; i++) {
      throttle.request(user, 1);
    }
  }
}
