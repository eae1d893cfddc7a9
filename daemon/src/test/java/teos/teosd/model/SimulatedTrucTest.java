package teos.teosd.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.testkit.Bitcoind;
import teos.testkit.CommitmentType;
import teos.testkit.LightningChannel;
import teos.testkit.LightningChannel.PenaltyType;

/** Zero-fee commitments and version 3: the simulated node answers as a real one. */
@Tag("bitcoind")
class SimulatedTrucTest extends NodeComparison {

  private static final int FEE_RATE = 10;
  private static final int CHILD_FEE = 1_000;
  private static final int HIGH_CHILD_FEE = 30_000;

  private static final List<CommitmentType> TYPES =
      List.of(
          CommitmentType.V2_ANCHOR_240, CommitmentType.V3_ANCHOR_240, CommitmentType.V3_ANCHOR_0);

  /** Bitcoin Core's rules, with the fees of the simulation. */
  @Override
  void configure(Bitcoind started) throws Exception {
    List<String> args =
        new ArrayList<>(List.of("-minrelaytxfee=0.00001", "-incrementalrelayfee=0.00001"));
    if (isKnots()) {
      args.add("-corepolicy=1");
    }
    started.stop();
    started.restart(args.toArray(String[]::new));
  }

  private void publish(LightningChannel channel, CommitmentType type, int childFee)
      throws Exception {
    if (type == CommitmentType.V2_ANCHOR_240) {
      send(channel.commitment());
    } else {
      send(channel.commitment());
      submit(channel.commitment(), channel.anchorChild(childFee));
    }
  }

  private void sameFamily(LightningChannel channel) throws Exception {
    sameIn(List.of("depends", "vsize"), "getmempoolentry", channel.commitmentTxid().toString());
  }

  @Test
  void answersInTheMempoolInABlockAndAfterAReorg() throws Exception {
    for (CommitmentType type : TYPES) {
      for (PenaltyType penaltyType : PenaltyType.values()) {
        LightningChannel channel = LightningChannel.open(bitcoind, type);
        adoptFrom(adopted == 0 ? 1 : adopted);
        byte[] penalty = channel.penalty(penaltyType, FEE_RATE);
        publish(channel, type, CHILD_FEE);
        test(penalty);
        send(penalty);
        submit(channel.commitment(), penalty);
        send(channel.penalty(penaltyType, 2 * FEE_RATE));
        sameFamily(channel);

        int fork = bitcoind.height();
        bitcoind.mineBlockWith(List.of(hex(channel.commitment())));
        adoptFrom(adopted);
        sameMempool();
        send(penalty);
        reorgTo(fork);
        sameMempool();
        send(penalty);
        submit(channel.commitment(), penalty);
        test(channel.penalty(penaltyType, 4 * FEE_RATE));
        mine();
      }
    }
  }

  @Test
  void answersForPackagesWithoutTheCheatersChild() throws Exception {
    for (CommitmentType type : TYPES) {
      for (PenaltyType penaltyType : PenaltyType.values()) {
        LightningChannel channel = LightningChannel.open(bitcoind, type);
        adoptFrom(adopted == 0 ? 1 : adopted);
        submit(channel.commitment(), channel.penalty(penaltyType, FEE_RATE));
        submit(channel.commitment(), channel.penalty(penaltyType, FEE_RATE));
      }
    }
    mine();
  }

  @Test
  void replacesTheOtherChildOnlyForAHigherFee() throws Exception {
    for (CommitmentType type : TYPES.subList(1, 3)) {
      for (PenaltyType penaltyType : PenaltyType.values()) {
        LightningChannel channel = LightningChannel.open(bitcoind, type);
        adoptFrom(adopted == 0 ? 1 : adopted);
        publish(channel, type, HIGH_CHILD_FEE);
        for (int rate : new int[] {FEE_RATE, 20 * FEE_RATE, 30 * FEE_RATE}) {
          test(channel.penalty(penaltyType, rate));
          send(channel.penalty(penaltyType, rate));
          submit(channel.commitment(), channel.penalty(penaltyType, rate));
        }
        send(channel.anchorChild(HIGH_CHILD_FEE + 5_000));
        send(channel.anchorChild(2 * HIGH_CHILD_FEE));
      }
    }
    assertThat(bitcoind.mempool()).isNotEmpty();
    mine();
  }
}
