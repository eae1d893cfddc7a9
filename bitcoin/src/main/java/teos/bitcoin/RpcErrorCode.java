package teos.bitcoin;

/** The error codes of bitcoind's RPC (its {@code rpc/protocol.h}) that the tower tells apart. */
public final class RpcErrorCode {

  /** Whatever has no code of its own, such as a block that is pruned. */
  public static final int MISC_ERROR = -1;

  /** Unknown transaction or block. */
  public static final int INVALID_ADDRESS_OR_KEY = -5;

  /** A parameter out of range, such as a height beyond the tip. */
  public static final int INVALID_PARAMETER = -8;

  /** Not a transaction. */
  public static final int DESERIALIZATION_ERROR = -22;

  /** A transaction whose inputs are not there, or that fails in another way than by a rule. */
  public static final int VERIFY_ERROR = -25;

  /** A transaction that breaks a rule, of consensus or of the node's own policy. */
  public static final int VERIFY_REJECTED = -26;

  /** A transaction that is in the chain already, with an output unspent. */
  public static final int VERIFY_ALREADY_IN_CHAIN = -27;

  /** bitcoind is not ready yet. */
  public static final int IN_WARMUP = -28;

  /** bitcoind has no such method: it is too old, or built without. */
  public static final int METHOD_NOT_FOUND = -32601;

  private RpcErrorCode() {}
}
