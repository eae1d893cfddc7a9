package teos.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScheduleTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void openSchedule_ignoresTheCurrentTime() {
    Schedule open = new Schedule.Open(7, 1000);
    assertThat(open.due(0, 123)).isEqualTo(7);
    assertThat(open.due(1, 456)).isEqualTo(7 + SECOND / 1000);
    assertThat(open.due(10_000_000, 789)).isEqualTo(7 + 10_000 * SECOND);
  }

  @Test
  void closedSchedule_isDueNowButNotBeforeTheStart() {
    assertThat(new Schedule.Closed(100).due(5, 123)).isEqualTo(123);
    assertThat(new Schedule.Closed(100).due(0, 99)).isEqualTo(100);
  }

  @Test
  void includes_dueTimeInOpenLoopAndResponseTimeInClosedLoop() {
    Window open = new Window(100, 200, true);
    assertThat(open.includes(199, 5000)).isTrue();
    assertThat(open.includes(99, 150)).isFalse();
    Window closed = new Window(100, 200, false);
    assertThat(closed.includes(99, 150)).isTrue();
    assertThat(closed.includes(199, 201)).isFalse();
  }

  @Test
  void readsAreSpreadEvenly() {
    LoadPlan plan = plan(90);
    for (int i = 0; i < 1000; i += 10) {
      assertThat(plan.readsAmong(i + 10) - plan.readsAmong(i)).isEqualTo(9);
    }
    assertThat(plan(0).readsAmong(1000)).isZero();
    assertThat(plan(100).readsAmong(1000)).isEqualTo(1000);
  }

  private static LoadPlan plan(int readPercent) {
    LoadPlan defaults = LoadPlan.DEFAULT;
    return new LoadPlan(
        defaults.dialect(),
        defaults.connections(),
        defaults.rate(),
        defaults.warmUp(),
        defaults.duration(),
        defaults.count(),
        defaults.preparedPerSecond(),
        readPercent,
        defaults.users(),
        defaults.penaltyBytes());
  }
}
