package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Towers;
import teos.protocol.PublicKey;

/** Shows the latest registration, without contacting the tower. */
record GetRegistrationReceipt(Towers towers) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.GET_REGISTRATION_RECEIPT;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException, IOException {
    PublicKey id = TowerIdParam.parse(params);
    return RegistrationJson.of(Errors.find(towers, id, Errors.cannotFind(id)).known());
  }
}
