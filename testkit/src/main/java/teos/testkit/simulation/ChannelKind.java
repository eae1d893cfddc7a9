package teos.testkit.simulation;

import java.util.List;
import java.util.stream.IntStream;
import teos.testkit.CommitmentType;

/**
 * Kind of a channel in a simulated run: its commitments, and what its appointments contain.
 *
 * @param commitment type of its commitments
 * @param rungs penalties of the first version of its appointment, the cheapest first; a single one
 *     is sent without a bundle
 */
public record ChannelKind(CommitmentType commitment, List<Rung> rungs) {

  /** Versions of an appointment. */
  public static final int VERSIONS = 5;

  /** Satoshi per virtual byte that each version's penalties pay more than those before. */
  private static final int VERSION_STEP = 4;

  /**
   * A penalty.
   *
   * @param feeRate satoshi per virtual byte
   * @param spendsAnchor whether it spends the commitment's anchor, too
   */
  public record Rung(int feeRate, boolean spendsAnchor) {}

  /** Commitments that pay their own fee, and a single penalty. */
  public static final ChannelKind SINGLE = new ChannelKind(CommitmentType.V2, plain(10));

  /** The same with a fee ladder of three rungs. */
  public static final ChannelKind LADDER = new ChannelKind(CommitmentType.V2, plain(10, 40, 120));

  /** The same with a fee ladder of two rungs, of which the first is often too cheap. */
  public static final ChannelKind SHORT_LADDER = new ChannelKind(CommitmentType.V2, plain(5, 120));

  /** Zero-fee commitments whose anchor need not be spent, and a fee ladder of four rungs. */
  public static final ChannelKind ZERO_FEE =
      new ChannelKind(CommitmentType.V3_ANCHOR_240, plain(10, 20, 60, 120));

  /**
   * Zero-fee commitments whose anchor is ephemeral dust: half of the rungs spend it, so that they
   * are relayed together with the commitment, and half do not, so that they remain valid if the
   * cheater's child spends it.
   */
  public static final ChannelKind ZERO_FEE_DUST =
      new ChannelKind(
          CommitmentType.V3_ANCHOR_0,
          List.of(
              new Rung(10, true), new Rung(15, false), new Rung(110, true), new Rung(120, false)));

  private static List<Rung> plain(int... feeRates) {
    return IntStream.of(feeRates).mapToObj(rate -> new Rung(rate, false)).toList();
  }

  @Override
  public String toString() {
    return commitment + " " + feeRates(0);
  }

  public boolean hasLadder() {
    return rungs.size() > 1;
  }

  public boolean isZeroFee() {
    return commitment.fee() == 0;
  }

  /** Returns the fee rate of a rung of that version of an appointment. */
  int feeRate(Rung rung, int version) {
    return rung.feeRate() + VERSION_STEP * version;
  }

  /** Returns the fee rates of a version's penalties, satoshi per virtual byte. */
  public List<Integer> feeRates(int version) {
    return rungs.stream().map(rung -> feeRate(rung, version)).toList();
  }

  /**
   * Returns the fee rate that the appointment's penalties reach in any situation, satoshi per
   * virtual byte: an unconfirmed anchor that is dust must be spent.
   */
  public int top() {
    return rungs.stream()
        .filter(rung -> commitment != CommitmentType.V3_ANCHOR_0 || rung.spendsAnchor())
        .mapToInt(Rung::feeRate)
        .max()
        .orElseThrow();
  }
}
