package teos.bitcoin;

/** A call to bitcoind that gave no result. */
public sealed class BitcoindException extends Exception {

  private static final long serialVersionUID = 1L;

  BitcoindException(String message) {
    super(message);
  }

  /** bitcoind understood the call and refused it. */
  public static final class Refused extends BitcoindException {
    private static final long serialVersionUID = 1L;
    private final int code;

    public Refused(int code, String message) {
      super(message);
      this.code = code;
    }

    /** One of {@link RpcErrorCode}, or another code of bitcoind's. */
    public int code() {
      return code;
    }
  }

  /**
   * No answer that says anything about the call: bitcoind is down, starting, shutting down, too
   * busy, or does not know us. The same call may succeed later.
   */
  public static sealed class Unavailable extends BitcoindException {
    private static final long serialVersionUID = 1L;

    public Unavailable(String message) {
      super(message);
    }
  }

  /** bitcoind does not accept the credentials, or they cannot be read. */
  public static final class Unauthorized extends Unavailable {
    private static final long serialVersionUID = 1L;

    public Unauthorized(String message) {
      super(message);
    }
  }

  /** bitcoind is loading its block index, or the like (-28). */
  public static final class WarmingUp extends Unavailable {
    private static final long serialVersionUID = 1L;

    public WarmingUp(String message) {
      super(message);
    }
  }
}
