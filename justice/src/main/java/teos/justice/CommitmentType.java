package teos.justice;

/**
 * Type of a channel's commitment transactions. The witness sizes are lnd's estimates, even where
 * they are wrong, because they determine the fee that the client has signed for. Source: lnd's
 * {@code blob.CommitmentType} and {@code input/size.go}.
 */
enum CommitmentType {
  /**
   * to_remote is P2WPKH. lnd's size of to_local is one byte too small, and kept for compatibility.
   */
  LEGACY(156, 109, 274),
  /** to_remote is P2WSH, and can be spent after one confirmation. */
  ANCHOR(157, 113, 274),
  /** Simple taproot channels with the draft scripts. */
  TAPROOT(202, 139, 300),
  /** Simple taproot channels with the final scripts; that of to_remote is one byte shorter. */
  TAPROOT_FINAL(202, 138, 300);

  /** Weight of the witness that spends to_local, in weight units. */
  final int toLocalWitness;

  /** Weight of the witness that spends to_remote, in weight units. */
  final int toRemoteWitness;

  /** Bytes of the unencrypted justice kit. */
  final int kitLength;

  CommitmentType(int toLocalWitness, int toRemoteWitness, int kitLength) {
    this.toLocalWitness = toLocalWitness;
    this.toRemoteWitness = toRemoteWitness;
    this.kitLength = kitLength;
  }

  boolean isTaproot() {
    return this == TAPROOT || this == TAPROOT_FINAL;
  }
}
