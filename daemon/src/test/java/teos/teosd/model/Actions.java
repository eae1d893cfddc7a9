package teos.teosd.model;

import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.ActionChainArbitrary;
import net.jqwik.api.state.Transformer;

/** Random actions of a run, with their relative frequencies. */
final class Actions {

  /** Approximate maximum of RPC calls for one poll or one appointment. */
  static final int CALLS = 25;

  private Actions() {}

  /** The effect of an action on the world. */
  private interface Effect {
    void on(World world) throws Exception;
  }

  private static Transformer<World> doing(String description, Effect effectOnWorld) {
    return Transformer.mutate(
        description,
        world -> {
          try {
            effectOnWorld.on(world);
          } catch (RuntimeException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(description, e);
          }
        });
  }

  /** A kind of action whose numbers do not depend on the state, so that chains shrink well. */
  private record Kind(Arbitrary<Transformer<World>> transformer)
      implements Action.Independent<World> {}

  private static Kind just(String description, Effect effectOnWorld) {
    return new Kind(Arbitraries.just(doing(description, effectOnWorld)));
  }

  private static Arbitrary<Integer> channel() {
    return Arbitraries.integers().between(0, World.CHANNELS - 1);
  }

  /**
   * Returns four bits per channel, see {@link World#mineChosen}; mostly none, the dispute or the
   * penalty.
   */
  private static Arbitrary<Integer> choice() {
    return Arbitraries.frequency(
            Tuple.of(8, 0),
            Tuple.of(5, 0b0001),
            Tuple.of(3, 0b0101),
            Tuple.of(3, 0b0100),
            Tuple.of(1, 0b0010),
            Tuple.of(1, 0b1001),
            Tuple.of(1, 0b1000))
        .list()
        .ofSize(World.CHANNELS)
        .map(bits -> bits.stream().reduce(0, (all, next) -> all << 4 | next));
  }

  private static Arbitrary<Integer> calls() {
    return Arbitraries.integers().between(0, CALLS);
  }

  private static Arbitrary<Boolean> either() {
    return Arbitraries.of(false, true);
  }

  private static Arbitrary<NodeFault> fault() {
    return Arbitraries.of(NodeFault.class);
  }

  /**
   * Generates runs of up to {@code length} actions.
   *
   * @param begin creates the world of a run
   */
  static ActionChainArbitrary<World> chains(Supplier<World> begin, int length) {
    return ActionChain.startWith(begin)
        .withAction(24, just("the tower polls", World::poll))
        .withAction(3, just("the tower polls only the mempool", World::pollMempoolAlone))
        .withAction(14, appoint())
        .withAction(3, register())
        .withAction(8, publishDispute())
        .withAction(2, publishClose())
        .withAction(3, publishRival())
        .withAction(8, just("a block with all the mempool", World::mineMempool))
        .withAction(10, mineChosen())
        .withAction(4, mineEmpty())
        .withAction(1, just("105 empty blocks", world -> world.mineEmpty(105)))
        .withAction(8, reorg(1, 8))
        .withAction(1, reorg(100, 110))
        .withAction(3, just("reorg back to the last abandoned branch", World::reorgBack))
        .withAction(4, crash())
        .withAction(3, planCrash())
        .withAction(6, just("the tower starts", World::startTower))
        .withAction(2, startToCrash())
        .withAction(2, just("the tower stops", World::stopTower))
        .withAction(3, beginOutage())
        .withAction(4, just("the node is available again", World::endOutage))
        .withAction(3, failOnce())
        .withAction(2, just("the node restarts", World::restartNode))
        .withAction(3, minimumFee())
        .withAction(2, wantedFee())
        .withAction(2, estimate())
        .withAction(2, publishChild())
        .withMaxTransformations(length);
  }

  /**
   * Generates runs in which fees rise and fall while penalties are waiting, of up to {@code length}
   * actions.
   *
   * @param begin creates a world with appointments and unconfirmed disputes for all channels
   */
  static ActionChainArbitrary<World> feeChains(Supplier<World> begin, int length) {
    return ActionChain.startWith(begin)
        .withAction(20, just("the tower polls", World::poll))
        .withAction(8, minimumFee())
        .withAction(8, wantedFee())
        .withAction(6, estimate())
        .withAction(5, publishRival())
        .withAction(4, publishChild())
        .withAction(4, publishDispute())
        .withAction(2, appoint())
        .withAction(8, just("a block with what pays enough", World::mineMempool))
        .withAction(12, mineChosen())
        .withAction(6, mineEmpty())
        .withAction(8, reorg(1, 8))
        .withAction(2, just("reorg back to the last abandoned branch", World::reorgBack))
        .withAction(6, crash())
        .withAction(4, planCrash())
        .withAction(8, just("the tower starts", World::startTower))
        .withAction(3, startToCrash())
        .withAction(2, beginOutage())
        .withAction(4, just("the node is available again", World::endOutage))
        .withAction(3, failOnce())
        .withAction(2, just("the node restarts", World::restartNode))
        .withMaxTransformations(length);
  }

  private static Kind appoint() {
    return new Kind(
        channel().map(i -> doing("appointment for channel " + i, world -> world.appoint(i))));
  }

  private static Kind register() {
    return new Kind(
        Arbitraries.of(0, 1)
            .map(i -> doing("user " + i + " registers", world -> world.register(i))));
  }

  private static Kind publishDispute() {
    return new Kind(
        channel().map(i -> doing("dispute of channel " + i, world -> world.publishDispute(i))));
  }

  private static Kind publishClose() {
    return new Kind(
        channel().map(i -> doing("close of channel " + i, world -> world.publishClose(i))));
  }

  private static Kind publishRival() {
    return new Kind(
        Combinators.combine(channel(), Arbitraries.of(0, 1, 2))
            .as(
                (i, which) ->
                    doing(
                        "rival " + which + " of channel " + i,
                        world -> world.publishRival(i, which))));
  }

  private static Kind mineChosen() {
    return new Kind(
        choice()
            .map(
                chosen ->
                    doing(
                        "a block with the choice %04x".formatted(chosen),
                        world -> world.mineChosen(chosen))));
  }

  private static Kind mineEmpty() {
    return new Kind(
        Arbitraries.integers()
            .between(1, 12)
            .map(n -> doing(n + " empty blocks", world -> world.mineEmpty(n))));
  }

  private static Kind reorg(int min, int max) {
    return new Kind(
        Combinators.combine(Arbitraries.integers().between(min, max), choice(), either())
            .as(
                (depth, chosen, network) ->
                    doing(
                        "a reorg of depth %d with the choice %04x, %s"
                            .formatted(depth, chosen, network ? "by a partition" : "at the node"),
                        world -> world.reorg(depth, chosen, network))));
  }

  private static Kind crash() {
    return new Kind(
        Combinators.combine(calls(), either())
            .as(
                (calls, effect) ->
                    doing(
                        "a crash after %d calls, the last %s"
                            .formatted(calls, effect ? "carried out" : "not made"),
                        world -> world.crash(calls, effect))));
  }

  private static Kind planCrash() {
    return new Kind(
        Combinators.combine(calls(), either())
            .as(
                (calls, effect) ->
                    doing(
                        "a crash to come after %d calls, the last %s"
                            .formatted(calls, effect ? "carried out" : "not made"),
                        world -> world.planCrash(calls, effect))));
  }

  private static Kind startToCrash() {
    return new Kind(
        Combinators.combine(calls(), either())
            .as(
                (calls, effect) ->
                    doing(
                        "the tower starts, and crashes after %d calls, the last %s"
                            .formatted(calls, effect ? "carried out" : "not made"),
                        world -> world.startTowerToCrash(calls, effect))));
  }

  private static Kind beginOutage() {
    return new Kind(
        fault()
            .map(
                fault ->
                    doing("the node is unavailable: " + fault, world -> world.beginOutage(fault))));
  }

  private static Kind failOnce() {
    return new Kind(
        Combinators.combine(calls(), fault())
            .as(
                (calls, fault) ->
                    doing(
                        "a call fails after %d others: %s".formatted(calls, fault),
                        world -> world.failOnce(calls, fault))));
  }

  private static Kind minimumFee() {
    return new Kind(
        Arbitraries.of(0, 12, 50, 100, 200)
            .map(
                rate ->
                    doing("the minimum fee rate is " + rate, world -> world.setMinimumFee(rate))));
  }

  private static Kind wantedFee() {
    return new Kind(
        Arbitraries.of(0, 30, 100)
            .map(rate -> doing("miners want " + rate, world -> world.setWantedFee(rate))));
  }

  private static Kind estimate() {
    return new Kind(
        Arbitraries.of(0, 30, 100, 1_000)
            .map(rate -> doing("the node estimates " + rate, world -> world.setEstimate(rate))));
  }

  private static Kind publishChild() {
    return new Kind(
        channel().map(i -> doing("costly child of channel " + i, world -> world.publishChild(i))));
  }
}
