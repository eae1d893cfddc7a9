package teos.testkit.simulation;

/**
 * Rejection of a transaction.
 *
 * @param code bitcoind's RPC error code
 * @param reason bitcoind's message: a reason, and details after a comma where it gives any
 */
record Rejection(int code, String reason) {

  private static final int VERIFY_REJECTED = -26;

  static final Rejection MISSING_INPUTS = new Rejection(-25, "bad-txns-inputs-missingorspent");

  /** Rejection by a rule of the mempool. */
  static Rejection rule(String reason) {
    return new Rejection(VERIFY_REJECTED, reason);
  }

  static Rejection rule(String reason, String details) {
    return rule(reason + ", " + details);
  }

  /** Returns whether a child that pays for it could get it accepted. */
  boolean isForFee() {
    return reason.startsWith("insufficient fee")
        || reason.startsWith("min relay fee not met")
        || reason.startsWith("mempool min fee not met");
  }

  /** Returns the reason as {@code testmempoolaccept} shows it. */
  String withoutDetails() {
    return equals(MISSING_INPUTS) ? "missing-inputs" : reason.split(", ", 2)[0];
  }
}
