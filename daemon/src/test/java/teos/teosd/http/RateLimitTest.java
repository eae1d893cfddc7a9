package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import teos.teosd.http.Throttle.TooOftenException;
import teos.teosd.net.RateLimit;

class RateLimitTest {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // it may wrap around

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void allAtOnceAndThenAsOftenAsThereIsRoom() {
    RateLimit<String> limit = new RateLimit<>(10, Duration.ofSeconds(10), now::get);
    for (int i = 0; i < 10; i++) {
      assertThat(limit.take("a")).isEmpty();
    }
    assertThat(limit.take("a")).hasValue(Duration.ofSeconds(1).toNanos());
    assertThat(limit.take("b")).as("of somebody else").isEmpty();
    pass(Duration.ofMillis(999));
    assertThat(limit.take("a")).isPresent();
    pass(Duration.ofMillis(1));
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).isPresent();
    pass(Duration.ofSeconds(100));
    for (int i = 0; i < 10; i++) {
      assertThat(limit.take("a")).isEmpty();
    }
    assertThat(limit.take("a")).isPresent();
  }

  @Test
  void noneIsNoLimit() {
    RateLimit<String> limit = new RateLimit<>(0, Duration.ofSeconds(10), now::get);
    for (int i = 0; i < 10_000; i++) {
      assertThat(limit.take("a")).isEmpty();
    }
  }

  /** Never more than the burst and what the time since gives, and who waits as told is let in. */
  @Property
  void isNeitherTooMildNorTooStrict(
      @ForAll @IntRange(min = 1, max = 50) int times,
      @ForAll @Size(max = 200) List<@LongRange(min = 0, max = 2_000_000_000) Long> pauses) {
    long period = Duration.ofSeconds(10).toNanos();
    long interval = period / times;
    RateLimit<String> limit = new RateLimit<>(times, Duration.ofSeconds(10), now::get);
    Deque<Long> taken = new ArrayDeque<>();
    long start = now.get();
    for (long pause : pauses) {
      now.addAndGet(pause);
      OptionalLong wait = limit.take("a");
      if (wait.isPresent()) {
        now.addAndGet(wait.getAsLong());
        assertThat(limit.take("a")).as("after the wait").isEmpty();
      }
      taken.add(now.get() - start);
      int count = taken.size();
      assertThat(count * interval - period)
          .as("%d times", count)
          .isLessThanOrEqualTo(now.get() - start);
    }
  }

  @Test
  void anIpv6NetworkIsOneAddressAndThisMachineIsNone() throws Exception {
    Throttle throttle = new Throttle(new Throttle.Limits(1, 1, 0), now::get);
    for (int i = 0; i < 10; i++) {
      throttle.request(InetAddress.getByName("2001:db8:0:1::" + i));
    }
    assertThat(refused(throttle, "2001:db8:0:1:ffff::1")).isEqualTo(1);
    assertThat(refused(throttle, "2001:db8:0:2::1")).isZero();
    for (int i = 0; i < 100; i++) {
      throttle.request(InetAddress.getByName("127.0.0.1"));
    }
    throttle.registration(InetAddress.getByName("192.0.2.1"));
    try {
      throttle.registration(InetAddress.getByName("192.0.2.1"));
      throw new AssertionError("a second one within the hour");
    } catch (TooOftenException e) {
      assertThat(e.retryAfterSeconds()).isEqualTo(3_600);
      assertThat(e).hasMessage("Too many registrations from your address, come again in 3600 s");
    }
  }

  /** Seconds to wait; 0 if it is let in. */
  private static long refused(Throttle throttle, String address) throws Exception {
    try {
      throttle.request(InetAddress.getByName(address));
      return 0;
    } catch (TooOftenException e) {
      return e.retryAfterSeconds();
    }
  }
}
