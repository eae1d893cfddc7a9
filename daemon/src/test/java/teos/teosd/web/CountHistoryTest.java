package teos.teosd.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import org.junit.jupiter.api.Test;

class CountHistoryTest {

  private static final int DAY_MINUTES = 24 * 60;

  private final CountHistory history = new CountHistory();

  private void addMinutes(int count) {
    for (int i = 0; i < count; i++) {
      history.add(new CountHistory.Point(60L * i, i));
    }
  }

  @Test
  void json_keepsADayByTheMinuteAndTheRestByTheHour() {
    addMinutes(3 * DAY_MINUTES);
    ArrayNode points = history.json();
    assertThat(points).hasSize(2 * 24 + DAY_MINUTES);
    for (int i = 1; i < points.size(); i++) {
      long step = points.get(i).get(0).asLong() - points.get(i - 1).get(0).asLong();
      assertThat(step).isEqualTo(i < 2 * 24 ? 3_600 : i == 2 * 24 ? 3_600 : 60);
    }
    assertThat(points.get(points.size() - 1).get(1).asLong()).isEqualTo(3 * DAY_MINUTES - 1);
  }

  @Test
  void json_keepsNinetyDays() {
    addMinutes(100 * DAY_MINUTES);
    assertThat(history.json()).hasSize(90 * 24 - 24 + DAY_MINUTES);
  }
}
