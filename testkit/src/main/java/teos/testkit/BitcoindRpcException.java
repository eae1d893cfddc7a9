package teos.testkit;

/** bitcoind answered an RPC call with an error. */
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

  /** bitcoind's error code; negative. */
  public int code() {
    return code;
  }
}
