package teos.testkit;

/** Error that bitcoind returned for an RPC call. */
public final class BitcoindRpcException extends RuntimeException {

  private final int code;

  /**
   * @param code bitcoind's error code, such as -25 (missing inputs) or -27 (already in chain)
   * @param message bitcoind's own message, unchanged
   */
  public BitcoindRpcException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** Returns bitcoind's error code, which is negative. */
  public int code() {
    return code;
  }
}
