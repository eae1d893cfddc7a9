package teos.teosd.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import teos.teosd.LogLines;
import teos.testkit.simulation.ChannelKind;

/** Crashes, reorgs and lost mempools at each rung of a fee ladder. */
@Tag("slow")
@ResourceLock(LogLines.LOG)
@Order(1)
class LadderScenariosTest {

  /** The channel of these scenarios; its user's subscription outlasts them. */
  private static final int CHANNEL = 1;

  private static final int DISPUTE = 0x0010;

  private static final List<ChannelKind> KINDS =
      List.of(ChannelKind.LADDER, ChannelKind.ZERO_FEE_DUST);

  @BeforeAll
  static void quiet() {
    Quiet.begin();
  }

  @AfterAll
  static void loud() {
    Quiet.end();
  }

  /** Returns each kind of ladder with each of its rungs except the last. */
  static Stream<Arguments> rungs() {
    return KINDS.stream()
        .flatMap(
            kind ->
                IntStream.range(0, kind.rungs().size() - 1)
                    .mapToObj(rung -> Arguments.of(kind, rung)));
  }

  /** Begins a run in which the dispute is in a block, and that rung is in the mempool. */
  private static World begin(ChannelKind kind, int rung) throws Exception {
    World world =
        World.begin(
            new SimulatedDriver(
                List.of(ChannelKind.SINGLE, kind, ChannelKind.SINGLE, ChannelKind.SINGLE)));
    world.appoint(CHANNEL);
    raiseFeesAbove(world, kind, rung - 1);
    world.mineChosen(DISPUTE);
    world.poll();
    assertThat(world.liveRungs(CHANNEL)).containsExactly(rung);
    return world;
  }

  private static void raiseFeesAbove(World world, ChannelKind kind, int rung) {
    world.setMinimumFee(rung < 0 ? 0 : kind.feeRates(0).get(rung) + 2);
  }

  @ParameterizedTest
  @MethodSource("rungs")
  void climbsAfterACrashAtAnyCall(ChannelKind kind, int rung) throws Exception {
    boolean crashed = true;
    int calls = 0;
    for (; crashed; calls++) {
      crashed = false;
      for (boolean effect : new boolean[] {false, true}) {
        try (World world = begin(kind, rung)) {
          raiseFeesAbove(world, kind, rung);
          assertThat(world.liveRungs(CHANNEL)).isEmpty();
          crashed |= world.crash(calls, effect);
          world.startTower();
          world.poll();
          assertThat(world.liveRungs(CHANNEL))
              .as("after %d calls", calls)
              .containsExactly(rung + 1);
          world.settleAndCheck();
        }
      }
    }
    assertThat(calls).as("calls until the next rung is in the mempool").isGreaterThan(3);
  }

  @ParameterizedTest
  @MethodSource("rungs")
  void isBroadcastAgainAfterAReorg(ChannelKind kind, int rung) throws Exception {
    for (boolean lost : new boolean[] {false, true}) {
      for (boolean dispute : new boolean[] {false, true}) {
        try (World world = begin(kind, rung)) {
          world.mineMempool();
          world.poll();
          assertThat(world.liveRungs(CHANNEL)).isEmpty();
          world.reorg(dispute ? 2 : 1, dispute ? DISPUTE : 0, false);
          if (lost) {
            world.restartNode();
          }
          world.poll();
          assertThat(world.liveRungs(CHANNEL)).hasSize(1);
          raiseFeesAbove(world, kind, rung);
          world.poll();
          assertThat(world.liveRungs(CHANNEL)).containsExactly(rung + 1);
          world.settleAndCheck();
        }
      }
    }
  }

  /** The cheater's own spend pays more than that rung, and less than the last one. */
  @ParameterizedTest
  @MethodSource("rungs")
  void outbidsTheCheater(ChannelKind kind, int rung) throws Exception {
    try (World world = begin(kind, rung)) {
      world.publishRival(CHANNEL, 1);
      world.poll();
      assertThat(world.liveRungs(CHANNEL)).hasSize(1);
      world.settleAndCheck();
    }
  }
}
