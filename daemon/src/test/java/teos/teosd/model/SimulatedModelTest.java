package teos.teosd.model;

import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.state.ActionChain;
import org.junit.jupiter.api.Order;
import teos.testkit.simulation.ChannelKind;

/**
 * Tests the tower against its model on a simulated chain, in many runs of a few dozen actions each.
 */
@Tag("soak")
@Order(1)
class SimulatedModelTest {

  /** Channels with single penalties and with fee ladders. */
  static final List<ChannelKind> KINDS =
      List.of(ChannelKind.SINGLE, ChannelKind.LADDER, ChannelKind.SHORT_LADDER, ChannelKind.LADDER);

  /** Channels with zero-fee commitments. */
  private static final List<ChannelKind> ZERO_FEE_KINDS =
      List.of(
          ChannelKind.LADDER,
          ChannelKind.ZERO_FEE,
          ChannelKind.ZERO_FEE_DUST,
          ChannelKind.ZERO_FEE_DUST);

  /** Channels whose appointments have fee ladders. */
  private static final List<ChannelKind> LADDERS =
      List.of(
          ChannelKind.LADDER,
          ChannelKind.SHORT_LADDER,
          ChannelKind.ZERO_FEE,
          ChannelKind.ZERO_FEE_DUST);

  private final SimulatedDriver driver = new SimulatedDriver(KINDS);
  private final SimulatedDriver fees = new SimulatedDriver(LADDERS);
  private final SimulatedDriver zeroFee = new SimulatedDriver(ZERO_FEE_KINDS);
  private final ModelRuns runs = new ModelRuns();

  @BeforeContainer
  static void quiet() {
    Quiet.begin();
  }

  @AfterContainer
  static void loud() {
    Quiet.end();
  }

  @Provide
  Arbitrary<ActionChain<World>> runs() {
    return runs.on(driver);
  }

  @AddLifecycleHook(RunsHook.class)
  @Property(tries = 200, shrinking = ShrinkingMode.BOUNDED)
  void towerConformsToModel(@ForAll("runs") ActionChain<World> run) throws Exception {
    ModelRuns.check(run);
  }

  @Provide
  Arbitrary<ActionChain<World>> zeroFeeRuns() {
    return runs.on(zeroFee);
  }

  @AddLifecycleHook(RunsHook.class)
  @Property(tries = 100, shrinking = ShrinkingMode.BOUNDED)
  void towerConformsToModelWithZeroFeeCommitments(@ForAll("zeroFeeRuns") ActionChain<World> run)
      throws Exception {
    ModelRuns.check(run);
  }

  @Provide
  Arbitrary<ActionChain<World>> feeRuns() {
    return runs.withFeesOn(fees);
  }

  @AddLifecycleHook(RunsHook.class)
  @Property(tries = 200, shrinking = ShrinkingMode.BOUNDED)
  void towerConformsToModelWhenFeesRiseAndFall(@ForAll("feeRuns") ActionChain<World> run)
      throws Exception {
    ModelRuns.check(run);
  }

  @AfterTry
  void end() {
    runs.end();
  }
}
