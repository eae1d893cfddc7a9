package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import teos.testkit.Bitcoind;

/** Breaches of promises that users hold, and that each is answered. */
final class Breaches {

  private static final int MANY = 50;

  private final Random random;
  private final long seed;
  private final Set<RepeatedAppointment> honoured = new HashSet<>();

  /**
   * @param seed told when one is not answered
   */
  Breaches(Random random, long seed) {
    this.random = random;
    this.seed = seed;
  }

  /** To be done again and again while a penalty is waited for. */
  interface Meanwhile {
    void act() throws Exception;
  }

  /** Mines a block with up to {@code most} breaches of {@code promises}. */
  void mine(Bitcoind bitcoind, List<RepeatedAppointment> promises, int most) {
    List<RepeatedAppointment> open = new ArrayList<>(promises);
    Collections.shuffle(open, random);
    bitcoind.mineBlockWith(
        open.stream().flatMap(promise -> promise.breach().stream()).limit(most).toList());
  }

  /** Mines blocks until each promise that is held has been breached; the answer is how many. */
  int mineAll(Bitcoind bitcoind, List<RepeatedAppointment> promises) {
    long open =
        promises.stream().filter(promise -> promise.isHeld() && !promise.isBreached()).count();
    int blocks = 0;
    for (long done = 0; done < open; done += MANY) {
      mine(bitcoind, promises, MANY);
      blocks++;
    }
    return blocks;
  }

  /** Waits for the penalties of what has been breached, and mines a block with them. */
  void assertAnswered(Bitcoind bitcoind, List<RepeatedAppointment> promises, Meanwhile meanwhile)
      throws Exception {
    List<RepeatedAppointment> due =
        promises.stream()
            .filter(promise -> promise.isBreached() && !honoured.contains(promise))
            .toList();
    for (RepeatedAppointment promise : due) {
      Set<String> penalties = promise.penalties();
      Eventually.holds(
          "one of the penalties " + penalties + ", seed " + seed,
          () -> {
            meanwhile.act();
            return bitcoind.mempool().stream().anyMatch(penalties::contains)
                || isInChain(bitcoind, penalties);
          });
    }
    bitcoind.mine(1);
    for (RepeatedAppointment promise : due) {
      assertThat(isInChain(bitcoind, promise.penalties())).as("seed " + seed).isTrue();
      honoured.add(promise);
    }
  }

  private static boolean isInChain(Bitcoind bitcoind, Set<String> penalties) {
    return penalties.stream().anyMatch(txid -> bitcoind.rpc("gettxout", txid, 0, false).isObject());
  }

  /** Promises that were breached and answered. */
  int honoured() {
    return honoured.size();
  }
}
