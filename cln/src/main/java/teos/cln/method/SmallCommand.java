package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import teos.cln.jsonrpc.MessageWriter;
import teos.cln.jsonrpc.RequestId;
import teos.cln.jsonrpc.RpcException;

/** A command whose result fits into memory. */
sealed interface SmallCommand extends Command
    permits AbandonTower,
        GetAppointment,
        GetAppointmentReceipt,
        GetRegistrationReceipt,
        GetSubscriptionInfo,
        ListTowers,
        PingTower,
        RegisterTower,
        RetryTower {

  /** Returns the result of the command; see {@link #answer}. */
  JsonNode call(JsonNode params) throws RpcException, IOException;

  @Override
  default void answer(RequestId id, JsonNode params, MessageWriter writer)
      throws RpcException, IOException {
    writer.result(id, call(params));
  }
}
