package teos.bitcoin;

/** Failure of a call to bitcoind, or a bitcoind that the tower cannot use. */
public sealed class BitcoindException extends Exception {

  private static final long serialVersionUID = 1L;

  BitcoindException(String message) {
    super(message);
  }

  /**
   * Failure of one call only: bitcoind is up, and the next call may succeed. A caller with more
   * work must continue with it.
   */
  public static sealed class CallFailed extends BitcoindException {
    private static final long serialVersionUID = 1L;

    CallFailed(String message) {
      super(message);
    }
  }

  /** The user may not call {@code method}: bitcoind's {@code rpcwhitelist}, HTTP 403. */
  public static final class MethodForbidden extends CallFailed {
    private static final long serialVersionUID = 1L;
    private final String method;

    private MethodForbidden(String method, String message) {
      super(message);
      this.method = method;
    }

    /**
     * Returns the exception, with a message that says how to allow the method.
     *
     * @param endpoint {@code HOST:PORT} of bitcoind
     */
    public static MethodForbidden of(String method, String endpoint) {
      return new MethodForbidden(
          method,
          "bitcoind at "
              + endpoint
              + " does not allow the tower to call "
              + method
              + ": add it to the user's rpcwhitelist in bitcoin.conf and restart bitcoind");
    }

    /** Returns the name of the RPC method. */
    public String method() {
      return method;
    }
  }

  /** bitcoind's response cannot be read: malformed, too large, or with the id of another call. */
  public static final class MalformedResponse extends CallFailed {
    private static final long serialVersionUID = 1L;

    public MalformedResponse(String message) {
      super(message);
    }
  }

  /** bitcoind answered the call with an error. */
  public static final class Refused extends CallFailed {
    private static final long serialVersionUID = 1L;
    private final int code;

    public Refused(int code, String message) {
      super(message);
      this.code = code;
    }

    /** Returns bitcoind's error code: one of {@link RpcErrorCode}, or another one. */
    public int code() {
      return code;
    }
  }

  /**
   * bitcoind could not process the call: it is down, starting, shutting down, too busy, out of
   * sync, or does not accept the credentials. The same call may succeed later.
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

  /** bitcoind is starting, for example loading its block index (error -28). */
  public static final class WarmingUp extends Unavailable {
    private static final long serialVersionUID = 1L;

    public WarmingUp(String message) {
      super(message);
    }
  }

  /** bitcoind's work queue is full (HTTP 503). */
  public static final class Busy extends Unavailable {
    private static final long serialVersionUID = 1L;

    public Busy(String message) {
      super(message);
    }
  }

  /** bitcoind has not caught up with its network, or is behind the tower. */
  public static final class OutOfSync extends Unavailable {
    private static final long serialVersionUID = 1L;

    public OutOfSync(String message) {
      super(message);
    }
  }

  /** bitcoind answers, but the tower cannot use it until the operator fixes it. */
  public static sealed class Unusable extends BitcoindException {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }

  /** bitcoind is on another network: its genesis block is not the tower's. */
  public static final class WrongNetwork extends Unusable {
    private static final long serialVersionUID = 1L;

    public WrongNetwork(String message) {
      super(message);
    }
  }

  /** bitcoind has the right genesis block, but none of the blocks that the tower has processed. */
  public static final class WrongChain extends Unusable {
    private static final long serialVersionUID = 1L;

    public WrongChain(String message) {
      super(message);
    }
  }

  /** bitcoind has pruned blocks that the tower has not processed. */
  public static final class PrunedPast extends Unusable {
    private static final long serialVersionUID = 1L;

    public PrunedPast(String message) {
      super(message);
    }
  }
}
