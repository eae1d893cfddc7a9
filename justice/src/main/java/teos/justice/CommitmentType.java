package teos.justice;

/**
 * Kinds of channels, by their commitment transactions. The sizes of witnesses are those that lnd
 * reckons with, and not always what there is: the fee that a client has signed for follows from
 * them.
 */
enum CommitmentType {
  /** to_remote is a P2WPKH. lnd's first size of to_local was one too little, and has stayed. */
  LEGACY(156, 109, 274),
  /** to_remote is a P2WSH, to be spent after one confirmation. */
  ANCHOR(157, 113, 274),
  /** Simple taproot channels, with the scripts of their first draft. */
  TAPROOT(202, 139, 300),
  /** Simple taproot channels; the script of to_remote is one byte shorter. */
  TAPROOT_FINAL(202, 138, 300);

  final int toLocalWitness;
  final int toRemoteWitness;

  /** Bytes of a kit, before it is encrypted. */
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
