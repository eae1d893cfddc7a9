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

  @Property
  void turnsComeOneAfterTheOther(@ForAll @IntRange(min = 1, max = 50) int times) {
    long interval = Duration.ofSeconds(10).toNanos() / times;
    RateLimit<String> limit = new RateLimit<>(times, Duration.ofSeconds(10), now::get);
    for (int i = 0; i < times; i++) {
      assertThat(limit.reserve("a", 3, Duration.ofHours(1)))
          .isEqualTo(new RateLimit.Reservation(true, 0));
    }
    long slack = Duration.ofSeconds(10).toNanos() - times * interval;
    for (int i = 1; i <= 3; i++) {
      assertThat(limit.reserve("a", 3, Duration.ofHours(1)))
          .isEqualTo(new RateLimit.Reservation(true, i * interval - slack));
    }
    assertThat(limit.reserve("b", 3, Duration.ofHours(1)).nanos()).as("somebody else's").isZero();
  }

  @Test
  void aTurnIsRefused_whenTooManyWait_orForTooLong() {
    RateLimit<String> limit = new RateLimit<>(1, Duration.ofSeconds(10), now::get);
    Duration hour = Duration.ofHours(1);
    assertThat(limit.reserve("a", 2, hour).granted()).isTrue();
    assertThat(limit.reserve("a", 2, hour).granted()).isTrue();
    assertThat(limit.reserve("a", 2, hour).granted()).isTrue();
    assertThat(limit.reserve("a", 2, hour).granted()).as("a third that waits").isFalse();
    assertThat(limit.reserve("b", 2, Duration.ofSeconds(9)).granted()).isTrue();
    assertThat(limit.reserve("b", 2, Duration.ofSeconds(9)))
        .isEqualTo(new RateLimit.Reservation(false, Duration.ofSeconds(10).toNanos()));
    assertThat(limit.reserve("b", 2, Duration.ofSeconds(10)).granted())
        .as("the refused one was not counted")
        .isTrue();
  }
}
