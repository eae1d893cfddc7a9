package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {

  private final List<String> aborted = new ArrayList<>();
  private final BodyBudget budget = new BodyBudget(100);

  private BodyBudget.Share open(String name, int bytes) {
    BodyBudget.Share share = budget.open(() -> aborted.add(name));
    share.grow(bytes);
    return share;
  }

  @Test
  void requestsWithoutRecentProgress_areAborted() {
    BodyBudget.Share a = open("a", 40);
    open("b", 40);
    a.grow(50);
    open("c", 60);
    assertThat(aborted).containsExactly("b", "a");
  }

  @Test
  void growingRequest_isNotAborted() {
    open("a", 10);
    open("b", 500);
    assertThat(aborted).containsExactly("a");
  }

  @Test
  void closedShare_returnsItsBytes() {
    for (int i = 0; i < 10; i++) {
      open("a", 90).close();
    }
    assertThat(aborted).isEmpty();
  }

  @Test
  void abortedShare_returnsItsBytesOnce() {
    BodyBudget.Share a = open("a", 60);
    open("b", 60);
    a.close();
    open("c", 40);
    assertThat(aborted).containsExactly("a");
    open("d", 1);
    assertThat(aborted).containsExactly("a", "b");
  }
}
