package teos.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import teos.rpc.common.v2.Appointment;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.common.v2.AppointmentDetails;
import teos.rpc.common.v2.Penalty;
import teos.rpc.common.v2.Tracker;
import teos.rpc.common.v2.TrackerEvent;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.GetUserResponse;
import teos.rpc.v2.NetworkAddress;
import teos.rpc.v2.PublicAddress;
import teos.rpc.v2.Session;
import teos.rpc.v2.UserDetails;

/** Report in JSON with rust-teos's field names: hex in lower case, txids in display order. */
final class JsonReport implements Report {

  private final PrintStream out;

  JsonReport(PrintStream out) {
    this.out = out;
  }

  private interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  /** Writes a pretty-printed object to {@code out}, which stays open. */
  private void object(Content content) throws IOException {
    JsonFactory factory = new JsonFactory();
    factory.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    try (JsonGenerator json = factory.createGenerator(out)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartObject();
      content.write(json);
      json.writeEndObject();
    }
    out.println();
  }

  @Override
  public void towerInfo(GetTowerInfoResponse info) throws IOException {
    object(
        json -> {
          json.writeStringField("tower_id", Hex.of(info.getTowerId()));
          text(json, "starting", info.getStarting());
          if (info.getStarting().isEmpty()) {
            number(json, "n_registered_users", info.getNRegisteredUsers());
            number(json, "n_watcher_appointments", info.getNWatcherAppointments());
            number(json, "n_responder_trackers", info.getNResponderTrackers());
            number(json, "n_at_risk", info.getNAtRisk());
            number(json, "n_unlikely", info.getNUnlikely());
            json.writeBooleanField("bitcoind_reachable", info.getBitcoindReachable());
          }
          if (info.getBlockHeight() != 0) {
            number(json, "block_height", info.getBlockHeight());
          }
          text(json, "version", info.getVersion());
          json.writeArrayFieldStart("addresses");
          for (NetworkAddress address : info.getAddressesList()) {
            json.writeStartObject();
            json.writeStringField("type", address.getAddressType().name().toLowerCase(Locale.ROOT));
            json.writeStringField("address", address.getAddress());
            json.writeNumberField("port", address.getPort());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeArrayFieldStart("public_addresses");
          for (PublicAddress address : info.getPublicAddressesList()) {
            json.writeStartObject();
            json.writeStringField("for", address.getClient().name().toLowerCase(Locale.ROOT));
            json.writeStringField("uri", address.getUri());
            json.writeEndObject();
          }
          json.writeEndArray();
          text(json, "listens_at", info.getListensAt());
        });
  }

  @Override
  public void appointments(Iterator<AppointmentData> appointments) throws IOException {
    object(
        json -> {
          json.writeArrayFieldStart("appointments");
          while (appointments.hasNext()) {
            json.writeStartObject();
            appointment(json, appointments.next());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void appointment(JsonGenerator json, AppointmentData data) throws IOException {
    AppointmentDetails details = data.getDetails();
    if (data.hasTracker()) {
      Tracker tracker = data.getTracker();
      json.writeStringField("status", "dispute_responded");
      text(json, "locator", Hex.of(details.getLocator()));
      json.writeStringField("dispute_txid", Hex.txid(tracker.getDisputeTxid()));
      json.writeStringField("penalty_txid", Hex.txid(tracker.getPenaltyTxid()));
      json.writeStringField("penalty_rawtx", Hex.of(tracker.getPenaltyRawtx()));
      if (!details.getPenaltyStatus().isEmpty()) {
        json.writeStringField("penalty_status", details.getPenaltyStatus());
        number(json, "penalty_height", details.getPenaltyHeight());
      }
      text(json, "refusal", details.getRefusal());
      text(json, "beaten_by", Hex.txid(details.getBeatenBy()));
      if (details.getDisputeHeight() != 0) {
        number(json, "dispute_height", details.getDisputeHeight());
      }
      forecast(json, details);
    } else {
      Appointment appointment = data.getAppointment();
      json.writeStringField("status", "being_watched");
      json.writeStringField("locator", Hex.of(appointment.getLocator()));
      json.writeStringField("encrypted_blob", Hex.of(appointment.getEncryptedBlob()));
      number(json, "to_self_delay", appointment.getToSelfDelay());
      if (data.hasDetails()) {
        number(json, "start_block", details.getStartBlock());
      }
    }
    text(json, "uuid", Hex.of(details.getUuid()));
    text(json, "user_id", Hex.of(details.getUserId()));
    history(json, details);
  }

  private static void forecast(JsonGenerator json, AppointmentDetails details) throws IOException {
    if (details.hasFeeRatePerKvb()) {
      json.writeNumberField("fee_rate_per_kvb", details.getFeeRatePerKvb());
    }
    if (details.getDeadline() != 0) {
      number(json, "deadline", details.getDeadline());
    }
    text(json, "verdict", details.getVerdict());
    if (details.getNRungs() != 0) {
      number(json, "rung", details.getRung());
      number(json, "n_rungs", details.getNRungs());
    }
    if (details.getNPenalties() > 1) {
      number(json, "n_penalties", details.getNPenalties());
    }
    if (details.getPenaltiesCount() > 0) {
      json.writeArrayFieldStart("penalties");
      for (Penalty penalty : details.getPenaltiesList()) {
        json.writeStartObject();
        penalty(json, penalty);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  private static void penalty(JsonGenerator json, Penalty penalty) throws IOException {
    json.writeStringField("penalty_txid", Hex.txid(penalty.getTxid()));
    json.writeStringField("penalty_status", penalty.getStatus());
    number(json, "penalty_height", penalty.getHeight());
    text(json, "refusal", penalty.getRefusal());
    if (penalty.hasFeeRatePerKvb()) {
      json.writeNumberField("fee_rate_per_kvb", penalty.getFeeRatePerKvb());
    }
    if (penalty.getDeadline() != 0) {
      number(json, "deadline", penalty.getDeadline());
    }
    text(json, "verdict", penalty.getVerdict());
  }

  private static void history(JsonGenerator json, AppointmentDetails details) throws IOException {
    if (details.getHistoryCount() == 0) {
      return;
    }
    json.writeArrayFieldStart("history");
    for (TrackerEvent event : details.getHistoryList()) {
      json.writeStartObject();
      json.writeStringField("time", Instant.ofEpochSecond(event.getTime()).toString());
      number(json, "height", event.getHeight());
      json.writeStringField("event", event.getEvent());
      text(json, "detail", event.getDetail());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  @Override
  public void users(Supplier<Iterator<ByteString>> ids, Supplier<Iterator<UserDetails>> users)
      throws IOException {
    Iterator<ByteString> first = ids.get(); // before anything is written, because it may fail
    object(
        json -> {
          array(json, "user_ids", first);
          json.writeArrayFieldStart("users");
          for (Iterator<UserDetails> all = users.get(); all.hasNext(); ) {
            json.writeStartObject();
            user(json, all.next());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void user(JsonGenerator json, UserDetails user) throws IOException {
    json.writeStringField("user_id", Hex.of(user.getUserId()));
    if (!user.getDialect().isEmpty()) {
      number(json, "available_slots", user.getAvailableSlots());
      number(json, "subscription_start", user.getSubscriptionStart());
      number(json, "subscription_expiry", user.getSubscriptionExpiry());
      number(json, "appointments", user.getAppointments());
      json.writeStringField("dialect", user.getDialect());
      labelAndLastSeen(json, user.getLabel(), user.getLastSeen());
    }
  }

  private static void labelAndLastSeen(JsonGenerator json, String label, long lastSeen)
      throws IOException {
    text(json, "label", label);
    if (lastSeen != 0) {
      json.writeStringField("last_seen", Instant.ofEpochSecond(lastSeen).toString());
    }
  }

  @Override
  public void user(
      ByteString id, GetUserResponse user, Iterator<OperatorClient.UserAppointment> appointments)
      throws IOException {
    object(
        json -> {
          json.writeStringField("user_id", Hex.of(id));
          number(json, "available_slots", user.getAvailableSlots());
          if (!user.getDialect().isEmpty()) {
            number(json, "subscription_start", user.getSubscriptionStart());
          }
          number(json, "subscription_expiry", user.getSubscriptionExpiry());
          text(json, "dialect", user.getDialect());
          labelAndLastSeen(json, user.getLabel(), user.getLastSeen());
          List<ByteString> locators = new ArrayList<>();
          json.writeArrayFieldStart("appointments");
          while (appointments.hasNext()) {
            OperatorClient.UserAppointment one = appointments.next();
            json.writeString(Hex.of(one.uuid()));
            locators.add(one.locator());
          }
          json.writeEndArray();
          if (locators.stream().noneMatch(ByteString::isEmpty)) {
            array(json, "locators", locators.iterator());
          }
        });
  }

  @Override
  public void sessions(Iterator<Session> sessions) throws IOException {
    object(
        json -> {
          json.writeArrayFieldStart("sessions");
          while (sessions.hasNext()) {
            Session session = sessions.next();
            json.writeStartObject();
            json.writeStringField("session_id", Hex.of(session.getSessionId()));
            json.writeStringField("blob_type", session.getBlobType());
            number(json, "max_updates", session.getMaxUpdates());
            number(json, "last_applied", session.getLastApplied());
            json.writeNumberField("sweep_fee_rate", session.getSweepFeeRate());
            number(json, "start_block", session.getStartBlock());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  @Override
  public void sessionDeleted(ByteString id) throws IOException {
    object(json -> json.writeStringField("deleted", Hex.of(id)));
  }

  @Override
  public void invitations(Iterator<ByteString> ids) throws IOException {
    object(json -> array(json, "invitations", ids));
  }

  @Override
  public void done(String action, String subject, String note) throws IOException {
    object(
        json -> {
          json.writeStringField(action, subject);
          text(json, "note", note);
        });
  }

  @Override
  public void stopping() throws IOException {
    object(json -> json.writeBooleanField("stopping", true));
  }

  private static void array(JsonGenerator json, String name, Iterator<ByteString> all)
      throws IOException {
    json.writeArrayFieldStart(name);
    while (all.hasNext()) {
      json.writeString(Hex.of(all.next()));
    }
    json.writeEndArray();
  }

  private static void number(JsonGenerator json, String name, int u32) throws IOException {
    json.writeNumberField(name, Integer.toUnsignedLong(u32));
  }

  /** Writes a field unless {@code text} is empty, which means that the tower did not set it. */
  private static void text(JsonGenerator json, String name, String text) throws IOException {
    if (!text.isEmpty()) {
      json.writeStringField(name, text);
    }
  }
}
