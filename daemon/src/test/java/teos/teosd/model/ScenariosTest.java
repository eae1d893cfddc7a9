package teos.teosd.model;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import teos.teosd.LogLines;

/** Runs that once broke a promise, and that chance comes upon too seldom. */
@ResourceLock(LogLines.LOG)
class ScenariosTest {

  private static final int DISPUTE_OF_3 = 0x1000;
  private static final int DISPUTE_AND_PENALTY_OF_3 = 0x5000;
  private static final int RIVAL_OF_3 = 0x8000;

  /** Blocks after which a dispute is over. */
  private static final int OVER = 100;

  private World world;

  @BeforeAll
  static void quiet() {
    Quiet.begin();
  }

  @AfterAll
  static void loud() {
    Quiet.end();
  }

  @BeforeEach
  void begin() {
    world = World.begin(new SimulatedDriver(World.CHANNELS));
  }

  @AfterEach
  void end() {
    world.close();
  }

  /**
   * The penalty is in a block, as bitcoind says, and that is one of a branch that comes to nothing.
   */
  @Test
  void thePenaltyIsInABlockThatTheTowerNeverHears() throws Exception {
    world.mineChosen(DISPUTE_OF_3);
    world.look();
    world.appoint(3);
    world.look();
    world.reorg(1, DISPUTE_AND_PENALTY_OF_3, false);
    world.lookAtMempoolAlone();
    world.reorgBack();
    world.restartNode();
    world.settleAndCheck();
  }

  /** The same of what beats a penalty that has come late. */
  @Test
  void theRivalIsInABlockThatTheTowerNeverHears() throws Exception {
    world.mineChosen(DISPUTE_OF_3);
    world.mineEmpty(1);
    world.look();
    world.reorg(1, RIVAL_OF_3, false);
    world.appoint(3);
    world.reorgBack();
    world.restartNode();
    world.settleAndCheck();
  }

  /** What beat a penalty that came late is looked for in the last blocks, and a call fails then. */
  @Test
  void theRivalIsFoundThoughACallFails() throws Exception {
    for (int calls = 0; calls < Actions.CALLS; calls++) {
      int before = calls;
      appointAfterTheRival(() -> world.failOnce(before, Trouble.AWAY));
    }
  }

  /** The same with a crash. */
  @Test
  void theRivalIsFoundThoughTheTowerCrashes() throws Exception {
    for (int calls = 0; calls < Actions.CALLS; calls++) {
      int before = calls;
      appointAfterTheRival(() -> world.planCrash(before, true));
    }
  }

  private void appointAfterTheRival(Runnable trouble) throws Exception {
    world.mineChosen(DISPUTE_OF_3);
    world.mineChosen(RIVAL_OF_3);
    world.look();
    trouble.run();
    world.appoint(3);
    world.look();
    world.startTower();
    world.mineEmpty(OVER);
    world.settleAndCheck();
    end();
    begin();
  }
}
