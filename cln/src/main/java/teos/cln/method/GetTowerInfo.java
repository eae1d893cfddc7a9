package teos.cln.method;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import teos.client.evidence.Proof;
import teos.client.evidence.Receipt;
import teos.client.evidence.SignedReceipt;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.client.store.AppointmentQueue;
import teos.client.store.KnownTower;
import teos.client.store.QueueEntry;
import teos.client.store.ReceiptStore;
import teos.cln.jsonrpc.MessageWriter;
import teos.cln.jsonrpc.RequestId;
import teos.cln.jsonrpc.RpcException;
import teos.cln.takeover.TakenOverReceipts;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/** Shows everything that is saved about a tower, without contacting it. */
record GetTowerInfo(Towers towers, TakenOverReceipts oldReceipts) implements Command {

  @Override
  public CommandInfo info() {
    return CommandInfo.GET_TOWER_INFO;
  }

  /** Answers with a spooled result, because a tower may have 100,000 appointments. */
  @Override
  public void answer(RequestId id, JsonNode params, MessageWriter writer)
      throws RpcException, IOException {
    PublicKey towerId = TowerIdParam.parse(params);
    Tower tower = Errors.find(towers, towerId, Errors.cannotFind(towerId));
    writer.spooledResult(id, json -> write(tower, json));
  }

  private void write(Tower tower, JsonGenerator json) throws IOException {
    json.writeStartObject();
    for (Map.Entry<String, JsonNode> field : TowerSummary.of(tower).properties()) {
      writeField(json, field.getKey(), field.getValue());
    }
    writeAccepted(tower, json);
    AppointmentQueue queue = tower.files().queue();
    json.writeObjectFieldStart("pending_appointments");
    // Of several versions the first, which is sent next; a field must not occur twice.
    Set<String> locators = new HashSet<>();
    for (String name : queue.names()) {
      Optional<QueueEntry> entry = queue.entry(name);
      if (entry.isPresent()) {
        write(json, locators, entry.get().signedAppointment().appointment());
      }
    }
    json.writeEndObject();
    json.writeObjectFieldStart("invalid_appointments");
    Set<String> invalid = new HashSet<>();
    queue.forEachRejected(rejected -> write(json, invalid, rejected.appointment()));
    json.writeEndObject();
    Optional<JsonNode> proof = proof(tower);
    if (proof.isPresent()) {
      writeField(json, "misbehaving_proof", proof.get());
    }
    json.writeEndObject();
  }

  private void writeAccepted(Tower tower, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("appointments");
    ReceiptStore receipts = tower.files().receipts();
    Set<Locator> locators = receipts.locators();
    for (Locator locator : locators) {
      Optional<Receipt> receipt = receipts.receipt(locator);
      if (receipt.isPresent()) {
        json.writeStringField(locator.toHex(), receipt.get().signedReceipt().signature());
      }
    }
    oldReceipts.forEach(
        tower.id(),
        line -> {
          if (!locators.contains(Locator.fromHex(line.locator()))) {
            json.writeStringField(line.locator(), line.signature());
          }
        });
    json.writeEndObject();
  }

  private static void writeField(JsonGenerator json, String name, JsonNode value)
      throws IOException {
    json.writeFieldName(name);
    JsonText.write(value, json);
  }

  private static void write(JsonGenerator json, Set<String> seen, Appointment appointment)
      throws IOException {
    String locator = appointment.locator().toHex();
    if (seen.add(locator)) {
      json.writeObjectFieldStart(locator);
      json.writeStringField("encrypted_blob", JsonText.hex(appointment.encryptedBlob()));
      json.writeNumberField("to_self_delay", appointment.toSelfDelay());
      json.writeEndObject();
    }
  }

  /** Returns the proof of a wrong signature, the only kind that rust-teos's plugin has. */
  private Optional<JsonNode> proof(Tower tower) throws IOException {
    Optional<KnownTower.RecordedMisbehaviour> misbehaviour = tower.known().misbehaviour();
    if (misbehaviour.isEmpty()) {
      return Optional.empty();
    }
    Path file = tower.files().proofFile(misbehaviour.get().proof());
    if (!Files.exists(file)) {
      return oldReceipts.proof(tower.id());
    }
    try {
      Proof proof = Proof.parse(Files.readString(file));
      if (proof.signedReceipt().isEmpty() || proof.actualSigner().isEmpty()) {
        return Optional.empty();
      }
      SignedReceipt receipt = proof.signedReceipt().get();
      ObjectNode json =
          JsonText.newObject()
              .put("locator", receipt.signedAppointment().appointment().locator().toHex());
      json.set("appointment_receipt", GetAppointmentReceipt.json(receipt));
      return Optional.of(json.put("recovered_id", proof.actualSigner().get().toHex()));
    } catch (MalformedException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }
}
