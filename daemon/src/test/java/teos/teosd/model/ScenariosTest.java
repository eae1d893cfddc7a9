package teos.teosd.model;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import teos.teosd.LogLines;

/** Runs that once violated the model and that random runs hit too rarely. */
@Tag("slow")
@ResourceLock(LogLines.LOG)
@Order(1)
class ScenariosTest {

  private static final int DISPUTE_OF_0 = 0x0001;
  private static final int DISPUTE_OF_2 = 0x0100;
  private static final int DISPUTE_AND_RIVAL_OF_2 = 0x0900;
  private static final int DISPUTE_OF_3 = 0x1000;
  private static final int DISPUTE_AND_PENALTY_OF_3 = 0x5000;
  private static final int RIVAL_OF_3 = 0x8000;

  /** Blocks after which a dispute is complete. */
  private static final int COMPLETION_BLOCKS = 100;

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
    world = World.begin(new SimulatedDriver(SimulatedModelTest.KINDS));
  }

  @AfterEach
  void end() {
    world.close();
  }

  /**
   * bitcoind reports the penalty as confirmed in a block that is abandoned before the tower sees
   * it.
   */
  @Test
  void penaltyInUnseenStaleBlock_isBroadcastAgain() throws Exception {
    world.mineChosen(DISPUTE_OF_3);
    world.poll();
    world.appoint(3);
    world.poll();
    world.reorg(1, DISPUTE_AND_PENALTY_OF_3, false);
    world.pollMempoolAlone();
    world.reorgBack();
    world.restartNode();
    world.settleAndCheck();
  }

  /** The same for a conflicting spend of a late penalty. */
  @Test
  void conflictingSpendInUnseenStaleBlock_isHandled() throws Exception {
    world.mineChosen(DISPUTE_OF_3);
    world.mineEmpty(1);
    world.poll();
    world.reorg(1, RIVAL_OF_3, false);
    world.appoint(3);
    world.reorgBack();
    world.restartNode();
    world.settleAndCheck();
  }

  /**
   * A call fails while the tower searches the last blocks for the conflicting spend of a late
   * penalty.
   */
  @Test
  void conflictingSpendIsFoundAfterFailedCall() throws Exception {
    for (int calls = 0; calls < Actions.CALLS; calls++) {
      int before = calls;
      appointAfterConflictingSpend(() -> world.failOnce(before, NodeFault.AWAY));
    }
  }

  /** The same with a crash of the tower. */
  @Test
  void conflictingSpendIsFoundAfterCrash() throws Exception {
    for (int calls = 0; calls < Actions.CALLS; calls++) {
      int before = calls;
      appointAfterConflictingSpend(() -> world.planCrash(before, true));
    }
  }

  /**
   * The tower processes the dispute's block at startup. Before the tower polls again, the block
   * leaves the chain, an appointment for the dispute arrives, and the block returns.
   */
  @Test
  void disputeTooOldForLocatorCache_returnsBeforeTheNextPoll() throws Exception {
    world.mineEmpty(5);
    world.mineChosen(DISPUTE_AND_RIVAL_OF_2);
    world.reorg(6, DISPUTE_OF_2, true);
    world.stopTower();
    world.startTower();
    world.reorgBack();
    world.appoint(2);
    world.reorgBack();
    world.poll();
    world.settleAndCheck();
  }

  /**
   * A call fails while the penalty is broadcast, and the subscription ends before the next attempt.
   */
  @Test
  void penaltyIsNotAbandonedAfterOneFailedCall() throws Exception {
    for (NodeFault fault : NodeFault.values()) {
      for (int calls = 0; calls < Actions.CALLS; calls++) {
        world.appoint(0);
        world.mineEmpty(2);
        world.reorg(1, DISPUTE_OF_0, false);
        world.failOnce(calls, fault);
        world.poll();
        world.mineEmpty(COMPLETION_BLOCKS);
        world.poll();
        world.settleAndCheck();
        end();
        begin();
      }
    }
  }

  private void appointAfterConflictingSpend(Runnable fault) throws Exception {
    world.mineChosen(DISPUTE_OF_3);
    world.mineChosen(RIVAL_OF_3);
    world.poll();
    fault.run();
    world.appoint(3);
    world.poll();
    world.startTower();
    world.mineEmpty(COMPLETION_BLOCKS);
    world.settleAndCheck();
    end();
    begin();
  }
}
