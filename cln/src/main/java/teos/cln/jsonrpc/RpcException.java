package teos.cln.jsonrpc;

/** Error with which a command is answered. Its message is what {@code lightning-cli} shows. */
public final class RpcException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Code of all errors of rust-teos's plugin. */
  private static final int ERROR = -32700;

  /** Code of JSON-RPC 2.0 for an unknown method. */
  private static final int METHOD_NOT_FOUND = -32601;

  private final int code;

  private RpcException(int code, String message) {
    super(message);
    this.code = code;
  }

  public RpcException(String message) {
    this(ERROR, message);
  }

  /** Returns the error for a method that the plugin does not have. */
  public static RpcException unknownMethod(String method) {
    return new RpcException(METHOD_NOT_FOUND, "Unknown method '" + method + "'");
  }

  /** Returns the error's code. */
  public int code() {
    return code;
  }

  /** Returns the text for the user. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
