package teos.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;

/** What the tool says of towers that are not as they should be. */
class LoadRunTest {

  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());
  private static final int COUNT = 40;

  private static LoadPlan plan(int connections, OptionalInt rate, int count) {
    return new LoadPlan(
        Dialect.V2,
        connections,
        rate,
        Duration.ZERO,
        Duration.ofSeconds(60),
        OptionalLong.of(count),
        1000,
        0,
        2,
        330);
  }

  private static LoadResult run(FakeTower tower, LoadPlan plan) throws Exception {
    return new LoadRun(plan, tower.api(), OptionalLong.empty(), NOWHERE).run();
  }

  private static LoadResult run(FakeTower.Answer answer) throws Exception {
    try (FakeTower tower = new FakeTower(answer)) {
      return run(tower, plan(4, OptionalInt.empty(), COUNT));
    }
  }

  @Test
  void goodReceiptsAreGood() throws Exception {
    LoadResult result = run(FakeTower::receipt);
    assertThat(result.isClean()).isTrue();
    assertThat(result.good()).isEqualTo(COUNT);
    assertThat(result.receipts()).isEqualTo(COUNT);
    assertThat(result.tally().adds().getTotalCount()).isEqualTo(COUNT);
  }

  @Test
  void aReceiptOfAnotherKeyIsAFault() throws Exception {
    SecretKey other = SecretKey.generate(new SecureRandom());
    LoadResult result = run((request, key) -> FakeTower.receipt(request, other));
    assertThat(result.faults())
        .isEqualTo(Map.of("a receipt that the tower's key has not signed", COUNT));
    assertThat(result.isClean()).isFalse();
  }

  @Test
  void aReceiptThatSaysAnotherStartThanWasSignedIsAFault() throws Exception {
    LoadResult result = run((request, key) -> FakeTower.receipt(request, key, 99));
    assertThat(result.faults().values()).containsExactly(COUNT);
    assertThat(result.isClean()).isFalse();
  }

  @Test
  void anAnswerThatIsNoReceiptIsAFault() throws Exception {
    LoadResult result = run((request, key) -> "{}");
    assertThat(result.faults()).isEqualTo(Map.of("a receipt for another locator", COUNT));
  }

  @Test
  void refusalsAreErrorsByWhatTheySay() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    LoadResult result =
        run(
            (request, key) ->
                asked.incrementAndGet() % 4 == 0 ? "busy" : FakeTower.receipt(request, key));
    assertThat(result.tally().errors()).isEqualTo(Map.of("HTTP 503 busy", COUNT / 4));
    assertThat(result.good()).isEqualTo(COUNT - COUNT / 4);
    assertThat(result.faults()).isEmpty();
    assertThat(result.isClean()).isFalse();
  }

  /** A pause of the tower is felt by all that would have come in it, not by one. */
  @Test
  void whatComesDuringAPauseIsLateByTheRestOfIt() throws Exception {
    int pauseMillis = 500;
    AtomicInteger asked = new AtomicInteger();
    try (FakeTower tower =
        new FakeTower(
            (request, key) -> {
              if (asked.getAndIncrement() == 0) {
                Thread.sleep(pauseMillis);
              }
              return FakeTower.receipt(request, key);
            })) {
      LoadResult result = run(tower, plan(1, OptionalInt.of(100), 50));
      assertThat(result.isClean()).isTrue();
      // The first waits for all of the pause, and those due in its first half for half at least.
      assertThat(result.tally().adds().getMaxValue()).isGreaterThanOrEqualTo(499_000_000L);
      assertThat(result.tally().adds().getCountBetweenValues(249_000_000L, Long.MAX_VALUE))
          .isGreaterThanOrEqualTo(25);
    }
  }

  @Test
  void aTowerThatDoesNotRegisterIsNotMeasured() throws Exception {
    try (FakeTower tower = new FakeTower((request, key) -> "{}")) {
      LoadPlan v1 =
          new LoadPlan(
              Dialect.V1,
              1,
              OptionalInt.empty(),
              Duration.ZERO,
              Duration.ofSeconds(1),
              OptionalLong.empty(),
              10,
              0,
              1,
              330);
      assertThatThrownBy(() -> run(tower, v1)).hasMessageContaining("closed");
    }
  }
}
