package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import teos.client.AppointmentStatus;
import teos.client.NotRegisteredException;
import teos.client.evidence.SignedAppointment;
import teos.client.json.JsonText;
import teos.client.wire.MisbehavingException;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.cln.jsonrpc.Log;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;

/** Asks the tower for an appointment, and compares the answer with the receipt. */
record GetAppointment(Towers towers, Log log) implements SmallCommand {

  private static final int NOT_FOUND = 36;
  private static final String NOT_FOUND_TEXT = "Appointment not found";

  @Override
  public CommandInfo info() {
    return CommandInfo.GET_APPOINTMENT;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException, IOException {
    AppointmentParams parsed = AppointmentParams.parse(params);
    Tower tower = Errors.find(towers, parsed.tower(), "Unknown tower id: " + parsed.tower());
    try {
      return json(tower.client().appointment(tower.id(), parsed.locator()));
    } catch (NotRegisteredException e) {
      throw Errors.of(e);
    } catch (MisbehavingException e) {
      log.error("The tower is misbehaving tower=" + tower.id() + " why=" + e.getMessage());
      throw Errors.of(e);
    } catch (TowerErrorException e) {
      // rust-teos's plugin passes on the tower's errors as results.
      if (e.error().code().isPresent()) {
        return error(e.error().text(), e.error().code().get());
      }
      throw Errors.of(e);
    } catch (TowerException e) {
      throw Errors.of(tower, e);
    }
  }

  private static ObjectNode error(String text, int code) {
    return JsonText.newObject().put("error", text).put("error_code", code);
  }

  private static JsonNode json(AppointmentStatus status) {
    ObjectNode json = JsonText.newObject();
    switch (status) {
      case AppointmentStatus.BeingWatched watched -> {
        json.set("appointment", SignedAppointment.json(watched.appointment()));
        json.put("status", "being_watched");
      }
      case AppointmentStatus.DisputeResponded responded -> {
        json.putObject("appointment")
            .put("dispute_txid", responded.disputeTxid().toString())
            .put("penalty_txid", responded.penaltyTxid().toString())
            .put("penalty_rawtx", JsonText.hex(responded.penaltyTx()));
        json.put("status", "dispute_responded");
      }
      case AppointmentStatus.NotFound notFound -> {
        return error(NOT_FOUND_TEXT, NOT_FOUND);
      }
    }
    return json;
  }
}
