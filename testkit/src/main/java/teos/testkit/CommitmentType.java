package teos.testkit;

import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.TxOut;
import java.util.Optional;

/** Version, fee and anchor of a commitment transaction. */
public enum CommitmentType {
  /** Version 2, pays its own fee, no anchor. */
  V2(2, 1_000, -1),
  /** Like {@link #V2}, with an HTLC that the cheater has offered. */
  V2_HTLC(2, 1_000, -1),
  /** Version 2, pays its own fee; with an anchor that anyone can spend. */
  V2_ANCHOR_240(2, 1_000, 240),
  /** Zero-fee commitment (TRUC) whose shared anchor holds trimmed amounts. */
  V3_ANCHOR_240(3, 0, 240),
  /** Zero-fee commitment (TRUC) whose shared anchor holds little: ephemeral dust. */
  V3_ANCHOR_100(3, 0, 100),
  /** Zero-fee commitment (TRUC) whose shared anchor is empty: ephemeral dust. */
  V3_ANCHOR_0(3, 0, 0);

  /** P2A, which anyone can spend: version 1 and two bytes (BIP 433). */
  public static final ByteVector PAY_TO_ANCHOR = ByteVector.fromHex("51024e73");

  private final int version;
  private final long fee;
  private final long anchorAmount;

  CommitmentType(int version, long fee, long anchorAmount) {
    this.version = version;
    this.fee = fee;
    this.anchorAmount = anchorAmount;
  }

  /** Returns the version of the commitment. */
  public int version() {
    return version;
  }

  /** Returns the fee of the commitment in satoshi. */
  public long fee() {
    return fee;
  }

  boolean hasHtlc() {
    return this == V2_HTLC;
  }

  /** Returns the anchor output, which is the first one. */
  public Optional<TxOut> anchor() {
    return anchorAmount < 0
        ? Optional.empty()
        : Optional.of(new TxOut(new Satoshi(anchorAmount), PAY_TO_ANCHOR));
  }
}
