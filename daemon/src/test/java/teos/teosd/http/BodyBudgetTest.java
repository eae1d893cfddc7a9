package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {

  private final List<String> givenUp = new ArrayList<>();
  private final BodyBudget budget = new BodyBudget(100);

  private BodyBudget.Share open(String name, int bytes) {
    BodyBudget.Share share = budget.open(() -> givenUp.add(name));
    share.grow(bytes);
    return share;
  }

  @Test
  void thoseThatGotOnLongestAgoAreGivenUp() {
    BodyBudget.Share a = open("a", 40);
    open("b", 40);
    a.grow(50);
    open("c", 60);
    assertThat(givenUp).containsExactly("b", "a");
  }

  @Test
  void theOneThatGrowsIsNotGivenUp() {
    open("a", 10);
    open("b", 500);
    assertThat(givenUp).containsExactly("a");
  }

  @Test
  void whatIsClosedGivesItsBytesBack() {
    for (int i = 0; i < 10; i++) {
      open("a", 90).close();
    }
    assertThat(givenUp).isEmpty();
  }

  @Test
  void whatWasGivenUpGivesItsBytesBackOnce() {
    BodyBudget.Share a = open("a", 60);
    open("b", 60);
    a.close();
    open("c", 40);
    assertThat(givenUp).containsExactly("a");
    open("d", 1);
    assertThat(givenUp).containsExactly("a", "b");
  }
}
