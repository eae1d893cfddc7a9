package teos.teosd.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import teos.teosd.process.SignalFilter.Kind;

class SignalFilterTest {

  private final AtomicLong now = new AtomicLong(-5);
  private final SignalFilter filter = new SignalFilter(now::get);

  @Test
  void received_withinASecond_isARepetition() {
    assertThat(filter.received()).isEqualTo(Kind.FIRST);
    assertThat(filter.received()).isEqualTo(Kind.REPEATED);
    now.addAndGet(SignalFilter.SAME_REQUEST.toNanos());
    assertThat(filter.received()).isEqualTo(Kind.REPEATED);
  }

  @Test
  void received_later_isASecondSignal() {
    filter.received();
    now.addAndGet(SignalFilter.SAME_REQUEST.toNanos() + 1);
    assertThat(filter.received()).isEqualTo(Kind.SECOND);
  }
}
