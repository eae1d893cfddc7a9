package teos.cli;

import com.google.protobuf.ByteString;
import java.io.PrintStream;
import java.time.Instant;
import java.util.Iterator;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.common.v2.AppointmentDetails;
import teos.rpc.common.v2.TrackerEvent;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.GetUserResponse;
import teos.rpc.v2.PublicAddress;
import teos.rpc.v2.Session;

/** Tables for people. Columns have fixed widths, because rows are shown as they come. */
final class TableReport implements Report {

  private static final String ROW = "%-17s  %-32s  %-17s  %s%n";
  private static final int SHOWN_OF_A_USER = 16;

  private final PrintStream out;

  TableReport(PrintStream out) {
    this.out = out;
  }

  private void field(String name, Object value) {
    out.printf("%-22s %s%n", name, value);
  }

  private static String u32(int value) {
    return Integer.toUnsignedString(value);
  }

  @Override
  public void towerInfo(GetTowerInfoResponse info) {
    field("tower id", Hex.of(info.getTowerId()));
    for (PublicAddress address : info.getPublicAddressesList()) {
      field(address.getClient() == PublicAddress.Client.LND ? "for lnd" : "for users", address.getUri());
    }
    if (info.getPublicAddressesCount() == 0) {
      field("public address", "none known (see public_addresses)");
    }
    field("listens at", info.getListensAt());
    field("registered users", u32(info.getNRegisteredUsers()));
    field("appointments watched", u32(info.getNWatcherAppointments()));
    field("disputes in answer", u32(info.getNResponderTrackers()));
    field("bitcoind", info.getBitcoindReachable() ? "reachable" : "NOT REACHABLE");
    if (info.getBlockHeight() != 0) {
      field("block", u32(info.getBlockHeight()));
    }
    if (!info.getVersion().isEmpty()) {
      field("version", info.getVersion());
    }
  }

  @Override
  public void appointments(Iterator<AppointmentData> appointments) {
    if (!appointments.hasNext()) {
      out.println("no appointments");
      return;
    }
    out.printf(ROW, "STATUS", "LOCATOR", "USER", "DETAILS");
    long count = 0;
    while (appointments.hasNext()) {
      row(appointments.next());
      count++;
    }
    out.println(count + (count == 1 ? " appointment" : " appointments"));
  }

  private void row(AppointmentData data) {
    AppointmentDetails details = data.getDetails();
    String user = shortened(Hex.of(details.getUserId()));
    if (data.hasTracker()) {
      out.printf(
          ROW,
          "dispute_responded",
          Hex.of(details.getLocator()),
          user,
          "penalty " + Hex.txid(data.getTracker().getPenaltyTxid()) + penalty(details));
    } else {
      out.printf(
          ROW,
          "being_watched",
          Hex.of(data.getAppointment().getLocator()),
          user,
          "since block " + u32(details.getStartBlock()) + ", "
              + data.getAppointment().getEncryptedBlob().size() + " bytes");
    }
    for (TrackerEvent event : details.getHistoryList()) {
      out.printf(
          "  %s  block %s  %s%s%n",
          Instant.ofEpochSecond(event.getTime()),
          u32(event.getHeight()),
          event.getEvent(),
          event.getDetail().isEmpty() ? "" : ": " + event.getDetail());
    }
  }

  private static String penalty(AppointmentDetails details) {
    String block = " block " + u32(details.getPenaltyHeight());
    return switch (details.getPenaltyStatus()) {
      case "confirmed" -> ", confirmed in" + block;
      case "in_mempool" -> ", in the mempool since" + block;
      case "refused" -> ", REFUSED since" + block + ": " + details.getRefusal();
      case "pending" -> ", waits for bitcoind since" + block;
      case "beaten" -> ", BEATEN in" + block + " by " + Hex.txid(details.getBeatenBy());
      case "complete" -> ", complete, settled in" + block;
      default -> "";
    };
  }

  private static String shortened(String id) {
    return id.length() > SHOWN_OF_A_USER ? id.substring(0, SHOWN_OF_A_USER) + "…" : id;
  }

  @Override
  public void users(Iterator<ByteString> ids) {
    list(ids, "user");
  }

  @Override
  public void sessions(Iterator<Session> sessions) {
    if (!sessions.hasNext()) {
      out.println("no sessions");
    }
    while (sessions.hasNext()) {
      Session session = sessions.next();
      out.printf(
          "%s  %s  %s of %s updates, %d sat/kw, since block %s%n",
          Hex.of(session.getSessionId()),
          session.getBlobType(),
          u32(session.getLastApplied()),
          u32(session.getMaxUpdates()),
          session.getSweepFeeRate(),
          u32(session.getStartBlock()));
    }
  }

  @Override
  public void invitations(Iterator<ByteString> ids) {
    if (!ids.hasNext()) {
      out.println("nobody is invited");
    }
    ids.forEachRemaining(id -> out.println(Hex.of(id)));
  }

  @Override
  public void done(String what, String with) {
    out.println(what + ": " + with);
  }

  @Override
  public void sessionDeleted(ByteString id) {
    out.println("session " + Hex.of(id) + " deleted");
  }

  @Override
  public void user(ByteString id, GetUserResponse user, Iterator<ByteString> uuids) {
    field("user", Hex.of(id));
    field("available slots", u32(user.getAvailableSlots()));
    if (!user.getDialect().isEmpty()) {
      field("subscription start", "block " + u32(user.getSubscriptionStart()));
    }
    field("subscription expiry", "block " + u32(user.getSubscriptionExpiry()));
    if (!user.getDialect().isEmpty()) {
      field("dialect", user.getDialect());
    }
    out.println();
    list(uuids, "appointment");
  }

  private void list(Iterator<ByteString> all, String what) {
    if (!all.hasNext()) {
      out.println("no " + what + "s");
      return;
    }
    long count = 0;
    while (all.hasNext()) {
      out.println(Hex.of(all.next()));
      count++;
    }
    out.println(count + " " + what + (count == 1 ? "" : "s"));
  }

  @Override
  public void stopping() {
    out.println("The tower is stopping.");
  }
}
