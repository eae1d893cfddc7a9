package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import teos.testkit.Bitcoind;

/** Breaches the channels of users' appointments, and checks that the tower responds to each. */
final class Breaches {

  private static final int BATCH_SIZE = 50;

  private final Random random;
  private final long seed;
  private final Set<RepeatedAppointment> answered = new HashSet<>();

  /**
   * @param seed of the random numbers, for the message of a failure
   */
  Breaches(Random random, long seed) {
    this.random = random;
    this.seed = seed;
  }

  /** Action that is repeated while a test waits for a penalty. */
  interface Meanwhile {
    void act() throws Exception;
  }

  /** Mines a block with up to {@code max} breaches of {@code appointments}. */
  void mine(Bitcoind bitcoind, List<RepeatedAppointment> appointments, int max) {
    List<RepeatedAppointment> open = new ArrayList<>(appointments);
    Collections.shuffle(open, random);
    bitcoind.mineBlockWith(
        open.stream().flatMap(appointment -> appointment.breach().stream()).limit(max).toList());
  }

  /**
   * Mines blocks until each appointment with a receipt has been breached, and returns their number.
   */
  int mineAll(Bitcoind bitcoind, List<RepeatedAppointment> appointments) {
    long open =
        appointments.stream()
            .filter(appointment -> appointment.hasReceipt() && !appointment.isBreached())
            .count();
    int blocks = 0;
    for (long done = 0; done < open; done += BATCH_SIZE) {
      mine(bitcoind, appointments, BATCH_SIZE);
      blocks++;
    }
    return blocks;
  }

  /** Waits for the penalties of the breached appointments, and mines a block with them. */
  void assertAnswered(
      Bitcoind bitcoind, List<RepeatedAppointment> appointments, Meanwhile meanwhile)
      throws Exception {
    List<RepeatedAppointment> due =
        appointments.stream()
            .filter(appointment -> appointment.isBreached() && !answered.contains(appointment))
            .toList();
    for (RepeatedAppointment appointment : due) {
      Set<String> penalties = appointment.penalties();
      Eventually.holds(
          "one of the penalties " + penalties + ", seed " + seed,
          () -> {
            meanwhile.act();
            return bitcoind.mempool().stream().anyMatch(penalties::contains)
                || isInChain(bitcoind, penalties);
          });
    }
    bitcoind.mine(1);
    for (RepeatedAppointment appointment : due) {
      assertThat(isInChain(bitcoind, appointment.penalties())).as("seed " + seed).isTrue();
      answered.add(appointment);
    }
  }

  private static boolean isInChain(Bitcoind bitcoind, Set<String> penalties) {
    return penalties.stream().anyMatch(txid -> bitcoind.rpc("gettxout", txid, 0, false).isObject());
  }

  /** Returns the number of appointments that were breached and answered. */
  int answered() {
    return answered.size();
  }
}
