package teos.teosd.net;

import static org.assertj.core.api.Assertions.assertThat;

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

class RateLimitTest {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // wraps around soon

  private void advance(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void allowsABurstAndThenTheRate() {
    RateLimit<String> limit = new RateLimit<>(10, Duration.ofSeconds(10), now::get);
    for (int i = 0; i < 10; i++) {
      assertThat(limit.take("a")).isEmpty();
    }
    assertThat(limit.take("a")).hasValue(Duration.ofSeconds(1).toNanos());
    assertThat(limit.take("b")).as("another key").isEmpty();
    advance(Duration.ofMillis(999));
    assertThat(limit.take("a")).isPresent();
    advance(Duration.ofMillis(1));
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).isPresent();
    advance(Duration.ofSeconds(100));
    for (int i = 0; i < 10; i++) {
      assertThat(limit.take("a")).isEmpty();
    }
    assertThat(limit.take("a")).isPresent();
  }

  @Test
  void zeroMeansNoLimit() {
    RateLimit<String> limit = new RateLimit<>(0, Duration.ofSeconds(10), now::get);
    for (int i = 0; i < 10_000; i++) {
      assertThat(limit.take("a")).isEmpty();
    }
  }

  /** Never allows more than the burst and the rate, and allows an event after the reported wait. */
  @Property
  void allowsExactlyTheBurstAndTheRate(
      @ForAll @IntRange(min = 1, max = 50) int events,
      @ForAll @Size(max = 200) List<@LongRange(min = 0, max = 2_000_000_000) Long> pauses) {
    long period = Duration.ofSeconds(10).toNanos();
    long interval = period / events;
    RateLimit<String> limit = new RateLimit<>(events, Duration.ofSeconds(10), now::get);
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
          .as("%d events", count)
          .isLessThanOrEqualTo(now.get() - start);
    }
  }

  @Property
  void turnsFollowEachOther(@ForAll @IntRange(min = 1, max = 50) int events) {
    long interval = Duration.ofSeconds(10).toNanos() / events;
    RateLimit<String> limit = new RateLimit<>(events, Duration.ofSeconds(10), now::get);
    for (int i = 0; i < events; i++) {
      assertThat(limit.reserve("a", 3, Duration.ofHours(1)))
          .isEqualTo(new RateLimit.Reservation(true, 0));
    }
    long slack = Duration.ofSeconds(10).toNanos() - events * interval;
    for (int i = 1; i <= 3; i++) {
      assertThat(limit.reserve("a", 3, Duration.ofHours(1)))
          .isEqualTo(new RateLimit.Reservation(true, i * interval - slack));
    }
    assertThat(limit.reserve("b", 3, Duration.ofHours(1)).nanos()).as("another key").isZero();
  }

  @Test
  void turn_isRefusedWhenTooManyWaitOrTheWaitIsTooLong() {
    RateLimit<String> limit = new RateLimit<>(1, Duration.ofSeconds(10), now::get);
    Duration hour = Duration.ofHours(1);
    assertThat(limit.reserve("a", 2, hour).granted()).isTrue();
    assertThat(limit.reserve("a", 2, hour).granted()).isTrue();
    assertThat(limit.reserve("a", 2, hour).granted()).isTrue();
    assertThat(limit.reserve("a", 2, hour).granted()).as("third in the queue").isFalse();
    assertThat(limit.reserve("b", 2, Duration.ofSeconds(9)).granted()).isTrue();
    assertThat(limit.reserve("b", 2, Duration.ofSeconds(9)))
        .isEqualTo(new RateLimit.Reservation(false, Duration.ofSeconds(10).toNanos()));
    assertThat(limit.reserve("b", 2, Duration.ofSeconds(10)).granted())
        .as("the refused event was not counted")
        .isTrue();
  }
}
