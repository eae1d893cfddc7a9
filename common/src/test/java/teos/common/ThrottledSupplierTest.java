package teos.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThrottledSupplierTest {

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5_000);
  private final AtomicInteger reads = new AtomicInteger();

  private ThrottledSupplier<Integer> taking(long each) {
    return new ThrottledSupplier<>(
        () -> {
          nanos.addAndGet(each);
          return reads.incrementAndGet();
        },
        Duration.ofNanos(1_000),
        20,
        nanos::get);
  }

  @Test
  void get_keepsTheValueForTheMinimumTime() {
    ThrottledSupplier<Integer> cheap = taking(1);
    assertThat(cheap.get()).isEqualTo(1);
    nanos.addAndGet(999);
    assertThat(cheap.get()).isEqualTo(1);
    nanos.addAndGet(1);
    assertThat(cheap.get()).isEqualTo(2);
  }

  @Test
  void get_costlyValue_isReadForOnePartOfTheTime() {
    ThrottledSupplier<Integer> costly = taking(100);
    assertThat(costly.get()).isEqualTo(1);
    nanos.addAndGet(1_999);
    assertThat(costly.get()).isEqualTo(1);
    nanos.addAndGet(1);
    assertThat(costly.get()).isEqualTo(2);
  }

  @Test
  void get_failure_isThrownAndNotKept() {
    ThrottledSupplier<Integer> failing =
        new ThrottledSupplier<>(
            () -> {
              if (reads.incrementAndGet() == 1) {
                throw new IllegalStateException("no database");
              }
              return reads.get();
            },
            Duration.ofDays(1),
            20);
    assertThatThrownBy(failing::get).hasMessage("no database");
    assertThat(failing.get()).isEqualTo(2);
    assertThat(failing.get()).isEqualTo(2);
  }
}
