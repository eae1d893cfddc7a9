package teos.bitcoin;

/** Error codes of bitcoind's RPC (its {@code rpc/protocol.h}) that the tower distinguishes. */
public final class RpcErrorCode {

  /** Errors without a specific code, for example that a block is pruned. */
  public static final int MISC_ERROR = -1;

  /** Unknown transaction or block. */
  public static final int INVALID_ADDRESS_OR_KEY = -5;

  /** A parameter is out of range, for example a height above the tip. */
  public static final int INVALID_PARAMETER = -8;

  /** The bytes are not a transaction. */
  public static final int DESERIALIZATION_ERROR = -22;

  /** An input of the transaction is missing or spent, or another general error of validation. */
  public static final int VERIFY_ERROR = -25;

  /** The transaction breaks a consensus rule or the node's policy. */
  public static final int VERIFY_REJECTED = -26;

  /** The transaction is confirmed, and one of its outputs is unspent. */
  public static final int VERIFY_ALREADY_IN_CHAIN = -27;

  /** bitcoind is still starting. */
  public static final int IN_WARMUP = -28;

  /** bitcoind does not have the method: it is too old, or built without it. */
  public static final int METHOD_NOT_FOUND = -32601;

  private RpcErrorCode() {}
}
