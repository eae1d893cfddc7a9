package teos.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class BackoffTest {

  @Property
  void delay_doublesUpToTheMaximum(
      @ForAll @IntRange(min = 1, max = 10_000) int failures,
      @ForAll @LongRange(min = 1, max = 10_000) long first,
      @ForAll @LongRange(min = 0, max = 10_000_000) long more,
      @ForAll long seed) {
    Backoff backoff = new Backoff(Duration.ofMillis(first), Duration.ofMillis(first + more));
    double whole =
        Math.min((double) (first + more), first * Math.pow(2, Math.min(failures - 1, 30)));
    long wait = backoff.delay(failures, new Random(seed)).toMillis();
    assertThat((double) wait).isBetween(Math.floor(whole / 2), whole);
  }
}
