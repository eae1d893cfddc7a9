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

/** Results of the load tool for towers that misbehave. */
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

  private static LoadResult run(FakeTower.Responder answer) throws Exception {
    try (FakeTower tower = new FakeTower(answer)) {
      return run(tower, plan(4, OptionalInt.empty(), COUNT));
    }
  }

  @Test
  void validReceipts_areCountedAsGood() throws Exception {
    LoadResult result = run(FakeTower::receipt);
    assertThat(result.isClean()).isTrue();
    assertThat(result.good()).isEqualTo(COUNT);
    assertThat(result.receipts()).isEqualTo(COUNT);
    assertThat(result.statistics().adds().getTotalCount()).isEqualTo(COUNT);
  }

  @Test
  void receiptSignedByAnotherKey_isAFault() throws Exception {
    SecretKey other = SecretKey.generate(new SecureRandom());
    LoadResult result = run((request, key) -> FakeTower.receipt(request, other));
    assertThat(result.receiptFaults())
        .isEqualTo(Map.of("a receipt that the tower's key has not signed", COUNT));
    assertThat(result.isClean()).isFalse();
  }

  @Test
  void receiptWithAnotherStartBlockThanSigned_isAFault() throws Exception {
    LoadResult result = run((request, key) -> FakeTower.receipt(request, key, 99));
    assertThat(result.receiptFaults().values()).containsExactly(COUNT);
    assertThat(result.isClean()).isFalse();
  }

  @Test
  void responseThatIsNotAReceipt_isAFault() throws Exception {
    LoadResult result = run((request, key) -> "{}");
    assertThat(result.receiptFaults()).isEqualTo(Map.of("a receipt for another locator", COUNT));
  }

  @Test
  void errorResponses_areCountedByStatusAndText() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    LoadResult result =
        run(
            (request, key) ->
                asked.incrementAndGet() % 4 == 0 ? "busy" : FakeTower.receipt(request, key));
    assertThat(result.statistics().errors()).isEqualTo(Map.of("HTTP 503 busy", COUNT / 4));
    assertThat(result.good()).isEqualTo(COUNT - COUNT / 4);
    assertThat(result.receiptFaults()).isEmpty();
    assertThat(result.isClean()).isFalse();
  }

  /** A pause of the tower delays all requests that are due in it, not only one. */
  @Test
  void requestsDuringAPause_areLateByTheRestOfIt() throws Exception {
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
      // The first waits for the whole pause, and those due in its first half for at least half.
      assertThat(result.statistics().adds().getMaxValue()).isGreaterThanOrEqualTo(499_000_000L);
      assertThat(result.statistics().adds().getCountBetweenValues(249_000_000L, Long.MAX_VALUE))
          .isGreaterThanOrEqualTo(25);
    }
  }

  @Test
  void towerThatDoesNotRegister_isNotMeasured() throws Exception {
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
