package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import teos.client.evidence.SignedReceipt;
import teos.client.json.JsonText;
import teos.cln.jsonrpc.RpcException;
import teos.cln.takeover.TakenOverReceipts;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;
import teos.protocol.Locator;

/** Shows the receipt for an appointment, without contacting the tower. */
record GetAppointmentReceipt(Towers towers, TakenOverReceipts oldReceipts) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.GET_APPOINTMENT_RECEIPT;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException, IOException {
    AppointmentParams parsed = AppointmentParams.parse(params);
    Locator locator = parsed.locator();
    Tower tower = Errors.find(towers, parsed.tower(), Errors.cannotFind(parsed.tower()));
    Optional<ObjectNode> receipt =
        tower.files().receipts().receipt(locator).map(saved -> json(saved.signedReceipt()));
    if (receipt.isEmpty()) {
      receipt = oldReceipts.find(tower.id(), locator).map(TakenOverReceipts.Line::json);
    }
    return receipt.orElseThrow(
        () ->
            new RpcException(
                "Cannot find "
                    + locator
                    + " within "
                    + tower.id()
                    + ". Did you send that appointment?"));
  }

  static ObjectNode json(SignedReceipt receipt) {
    return JsonText.newObject()
        .put("user_signature", receipt.signedAppointment().signature())
        .put("start_block", receipt.startBlock())
        .put("signature", receipt.signature());
  }
}
