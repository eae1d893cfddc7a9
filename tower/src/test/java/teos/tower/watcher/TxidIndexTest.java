package teos.tower.watcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;

/** Compares the index with a map of all locators. */
class TxidIndexTest {

  /** Returns one of few txids, so that some are added twice. */
  private static Txid txid(int number) {
    byte[] bytes = new byte[Txid.LENGTH];
    new Random(number).nextBytes(bytes);
    return Txid.ofInternal(bytes);
  }

  private record Step(int number, boolean remove) {}

  @Property(tries = 200)
  void findsTransactionsThatWereAddedAndNotRemoved(
      @ForAll @Size(max = 3_000) List<@IntRange(min = -2_000, max = 2_000) Integer> steps,
      @ForAll @IntRange(max = 4_000) int expected) {
    TxidIndex index = new TxidIndex(expected);
    Map<Locator, Txid> model = new HashMap<>();
    for (int number : steps) {
      Step step = new Step(Math.abs(number) + 1, number < 0);
      Txid txid = txid(step.number);
      if (step.remove) {
        index.remove(txid);
        for (Dialect dialect : Dialect.values()) {
          model.remove(dialect.locator(txid));
        }
      } else {
        assertThat(index.add(txid)).isEqualTo(!model.containsKey(Dialect.V2.locator(txid)));
        for (Dialect dialect : Dialect.values()) {
          model.put(dialect.locator(txid), txid);
        }
      }
    }
    for (int number = 1; number <= 2_001; number++) {
      for (Dialect dialect : Dialect.values()) {
        Locator locator = dialect.locator(txid(number));
        assertThat(index.find(locator).orElse(null)).isEqualTo(model.get(locator));
      }
    }
  }
}
