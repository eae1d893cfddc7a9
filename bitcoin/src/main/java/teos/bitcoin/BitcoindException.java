package teos.bitcoin;

/** A call to bitcoind that gave no result, or a bitcoind that the tower cannot go on with. */
public sealed class BitcoindException extends Exception {

  private static final long serialVersionUID = 1L;

  BitcoindException(String message) {
    super(message);
  }

  /**
   * Failure of this one call, which says nothing about any other: bitcoind is up, and the next call
   * may well succeed. A caller that has more to do must go on with it.
   */
  public static sealed class CallFailed extends BitcoindException {
    private static final long serialVersionUID = 1L;

    CallFailed(String message) {
      super(message);
    }
  }

  /** bitcoind does not let this user call {@code method} (its {@code rpcwhitelist}; HTTP 403). */
  public static final class MethodForbidden extends CallFailed {
    private static final long serialVersionUID = 1L;
    private final String method;

    private MethodForbidden(String method, String message) {
      super(message);
      this.method = method;
    }

    /**
     * Returns one whose message says what to do.
     *
     * @param endpoint of the bitcoind
     */
    public static MethodForbidden of(String method, String endpoint) {
      return new MethodForbidden(
          method,
          "bitcoind at "
              + endpoint
              + " does not allow the tower to call "
              + method
              + ": add it to the user's rpcwhitelist in bitcoin.conf, and restart bitcoind");
    }

    /** Name of the RPC method. */
    public String method() {
      return method;
    }
  }

  /** bitcoind's response to the call cannot be read: malformed, too large, or to another call. */
  public static final class MalformedResponse extends CallFailed {
    private static final long serialVersionUID = 1L;

    public MalformedResponse(String message) {
      super(message);
    }
  }

  /** bitcoind understood the call and refused it. */
  public static final class Refused extends CallFailed {
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
   * busy, out of sync, or does not know us. The same call may succeed later.
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

  /** bitcoind has more calls to answer than it takes (HTTP 503). */
  public static final class Busy extends Unavailable {
    private static final long serialVersionUID = 1L;

    public Busy(String message) {
      super(message);
    }
  }

  /** bitcoind has not caught up with its network, or not as far as the tower has come. */
  public static final class OutOfSync extends Unavailable {
    private static final long serialVersionUID = 1L;

    public OutOfSync(String message) {
      super(message);
    }
  }

  /**
   * bitcoind answers, and is not one that the tower can go on with; somebody has to do something.
   */
  public static sealed class Unusable extends BitcoindException {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }

  /** bitcoind is on another network: its first block is another. */
  public static final class WrongNetwork extends Unusable {
    private static final long serialVersionUID = 1L;

    public WrongNetwork(String message) {
      super(message);
    }
  }

  /** bitcoind has the right first block, and none other of those that the tower has seen. */
  public static final class WrongChain extends Unusable {
    private static final long serialVersionUID = 1L;

    public WrongChain(String message) {
      super(message);
    }
  }

  /** bitcoind has pruned blocks that the tower has not seen. */
  public static final class PrunedPast extends Unusable {
    private static final long serialVersionUID = 1L;

    public PrunedPast(String message) {
      super(message);
    }
  }
}
