package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.Eventually;
import teos.teosd.api.RateLimitResult;
import teos.testkit.TestTimeouts;

class ThrottleTest {

  private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.1");
  private static final RateLimitResult GRANTED = new RateLimitResult.Granted();
  private static final int BURST = 10;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // wraps around soon

  private static PublicKey user() {
    return SecretKey.generate(new SecureRandom()).publicKey();
  }

  @Test
  void requestsOverTheLimit_waitForTheirTurn() {
    Throttle throttle = new Throttle(new Throttle.Limits(20, 0, 0));
    long start = System.nanoTime();
    for (int i = 0; i < 20 * BURST + 4; i++) {
      assertThat(throttle.awaitRequest(InetAddress.ofLiteral("2001:db8:0:1::" + i)))
          .isEqualTo(GRANTED);
    }
    assertThat(System.nanoTime() - start)
        .as("four turns after the burst")
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
  }

  @Test
  void loopbackAddress_hasNoLimit() {
    Throttle throttle = new Throttle(new Throttle.Limits(1, 1, 0), now::get);
    for (int i = 0; i < 1_000; i++) {
      assertThat(throttle.awaitRequest(InetAddress.ofLiteral("127.0.0.1"))).isEqualTo(GRANTED);
      assertThat(throttle.awaitRegistration(InetAddress.ofLiteral("::1"))).isEqualTo(GRANTED);
    }
  }

  @Test
  void requestThatWouldWaitTooLong_isRefusedWithTheTimeToRetry() {
    Throttle throttle = new Throttle(new Throttle.Limits(0, 1, 0), now::get);
    assertThat(throttle.awaitRegistration(CLIENT)).isEqualTo(GRANTED);
    assertThat(throttle.awaitRegistration(CLIENT))
        .isEqualTo(
            new RateLimitResult.Exceeded(
                "Too many registrations from your address; retry after 3600 s", 3_600));
  }

  @Test
  void waitingRequests_haveALimitInBytes() throws Exception {
    Throttle throttle = new Throttle(new Throttle.Limits(0, 0, 1), now::get);
    PublicKey first = user();
    PublicKey second = user();
    for (int i = 0; i < BURST; i++) {
      assertThat(throttle.awaitUserRequest(first, Throttle.MAX_WAITING_BYTES)).isEqualTo(GRANTED);
      assertThat(throttle.awaitUserRequest(second, Throttle.MAX_WAITING_BYTES)).isEqualTo(GRANTED);
    }
    CompletableFuture<RateLimitResult> waiting =
        inBackground(throttle, first, Throttle.MAX_WAITING_BYTES - 1);
    Eventually.holds("the request waits", () -> throttle.waitingBytes() > 0);
    assertThat(throttle.awaitUserRequest(second, 2)).isInstanceOf(RateLimitResult.Exceeded.class);
    assertThat(waiting).isNotDone();
    throttle.release();
    assertThat(waiting.get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(GRANTED);
    assertThat(throttle.waitingBytes()).isZero();
  }

  private static CompletableFuture<RateLimitResult> inBackground(
      Throttle throttle, PublicKey user, int bytes) {
    CompletableFuture<RateLimitResult> result = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> result.complete(throttle.awaitUserRequest(user, bytes)));
    return result;
  }

  @Test
  void stoppingTower_endsAllWaits() {
    Throttle throttle = new Throttle(new Throttle.Limits(0, 0, 1), now::get);
    PublicKey user = user();
    throttle.release();
    for (int i = 0; i < BURST + 10; i++) {
      assertThat(throttle.awaitUserRequest(user, 1)).isEqualTo(GRANTED);
    }
  }
}
