package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import teos.cln.jsonrpc.MessageWriter;
import teos.cln.jsonrpc.RequestId;
import teos.cln.jsonrpc.RpcException;

/** A command for {@code lightning-cli}. Each call runs on a thread of its own. */
public sealed interface Command permits SmallCommand, GetTowerInfo {

  /** Returns the command's name and parameters. */
  CommandInfo info();

  /**
   * Runs the command and answers the request, unless an exception is thrown.
   *
   * @param params array or object with the parameters
   * @throws RpcException with the error for the user
   * @throws IOException if the plugin's folder cannot be read or written
   */
  void answer(RequestId id, JsonNode params, MessageWriter writer) throws RpcException, IOException;
}
