package teos.tower.responder;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Whether a penalty is expected to confirm before its deadline, in the order of severity. */
public enum Verdict {
  /** Its fee rate reaches bitcoind's estimate for the blocks that are left. */
  LIKELY("likely"),
  /** Its fee rate, or bitcoind's estimate, is not known. */
  UNKNOWN("unknown"),
  /** Its fee rate is below the estimate, or bitcoind refuses it for another reason than its fee. */
  AT_RISK("at_risk"),
  /** The deadline has passed, or its fee is too low for bitcoind's mempool. */
  UNLIKELY("unlikely");

  private static final List<Verdict> BEST_FIRST = List.of(LIKELY, AT_RISK, UNKNOWN, UNLIKELY);

  private final String word;

  Verdict(String word) {
    this.word = word;
  }

  /** Returns the word for APIs and metrics, such as {@code at_risk}. */
  public String word() {
    return word;
  }

  /** Returns the verdict for penalties of which one must confirm. */
  static Verdict any(Collection<Verdict> verdicts) {
    return verdicts.stream().min(Comparator.comparingInt(BEST_FIRST::indexOf)).orElseThrow();
  }

  /** Returns the verdict for penalties which all must confirm. */
  static Verdict all(Collection<Verdict> verdicts) {
    return verdicts.stream().max(Comparator.naturalOrder()).orElseThrow();
  }
}
