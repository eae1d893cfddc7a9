package teos.cli;

import com.google.protobuf.ByteString;
import java.io.PrintStream;
import java.time.Instant;
import java.util.Iterator;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import teos.common.Terminal;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.common.v2.AppointmentDetails;
import teos.rpc.common.v2.Penalty;
import teos.rpc.common.v2.TrackerEvent;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.GetUserResponse;
import teos.rpc.v2.PublicAddress;
import teos.rpc.v2.Session;
import teos.rpc.v2.UserDetails;

/**
 * Report as tables. Columns have fixed widths, because rows are printed as they arrive; an ellipsis
 * replaces the middle of longer values.
 */
final class TableReport implements Report {

  private static final int STATUS_COLUMN = 17;
  private static final int LOCATOR_COLUMN = 32;
  private static final int USER_COLUMN = 17;
  private static final int FULL_USER_COLUMN = 66;
  private static final int DETAILS = 52;
  private static final int GAPS = 6;

  /** Width of the columns beside id and label in the list of users, with gaps. */
  private static final int USER_DETAILS = 8 + 8 + 6 + 10 + 7 + 6 * 2;

  private static final int LABEL_COLUMN = 64;

  private static final String APPOINTMENT_ROW = "%-32s  %s%n";
  private static final int SHORT_HEX = 13;
  private static final Pattern LONG_HEX = Pattern.compile("\\b[0-9a-f]{24,}\\b");

  private final PrintStream out;
  private final int columns;
  private final int[] widths;

  /**
   * @param columns maximum width of a line; 0 for no limit
   * @param wide whether user ids are shown in full
   */
  TableReport(PrintStream out, int columns, boolean wide) {
    this.out = out;
    this.columns = columns;
    this.widths = new int[] {LOCATOR_COLUMN, wide ? FULL_USER_COLUMN : USER_COLUMN};
    if (columns > 0) {
      Terminal.fit(widths, columns - STATUS_COLUMN - GAPS - DETAILS);
    }
  }

  private void row(String status, String locator, String user, String details) {
    String before =
        String.format(
            "%-" + STATUS_COLUMN + "s  %-" + widths[0] + "s  %-" + widths[1] + "s  ",
            status,
            Terminal.shortened(locator, widths[0]),
            Terminal.shortened(user, widths[1]));
    String shown = details;
    if (columns > 0 && before.length() + details.length() > columns) {
      int room = Math.max(SHORT_HEX, columns - before.length());
      shown = Terminal.shortened(withShortHex(details), room);
    }
    out.println((before + shown).stripTrailing());
  }

  /** Shortens keys and txids if the line is too long. */
  private String fitted(String line) {
    return columns == 0 || line.length() <= columns ? line : withShortHex(line);
  }

  private static String withShortHex(String text) {
    return LONG_HEX.matcher(text).replaceAll(hex -> Terminal.shortened(hex.group(), SHORT_HEX));
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
      field(
          address.getClient() == PublicAddress.Client.LND ? "for lnd" : "for users",
          address.getUri());
    }
    if (info.getPublicAddressesCount() == 0) {
      field("public address", "none known (see public_addresses)");
    }
    field("listens at", info.getListensAt());
    if (info.getStarting().isEmpty()) {
      field("registered users", u32(info.getNRegisteredUsers()));
      field("appointments watched", u32(info.getNWatcherAppointments()));
      field("disputes in progress", u32(info.getNResponderTrackers()) + atRisk(info));
      field("bitcoind", info.getBitcoindReachable() ? "reachable" : "NOT REACHABLE");
    } else {
      field("starting", info.getStarting());
    }
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
    row("STATUS", "LOCATOR", "USER", "DETAILS");
    long count = 0;
    while (appointments.hasNext()) {
      row(appointments.next());
      count++;
    }
    out.println(count + (count == 1 ? " appointment" : " appointments"));
  }

  private static String atRisk(GetTowerInfoResponse info) {
    return (info.getNAtRisk() == 0 ? "" : ", " + u32(info.getNAtRisk()) + " AT RISK")
        + (info.getNUnlikely() == 0
            ? ""
            : ", " + u32(info.getNUnlikely()) + " UNLIKELY to confirm in time");
  }

  private void row(AppointmentData data) {
    AppointmentDetails details = data.getDetails();
    String user = Hex.of(details.getUserId());
    if (data.hasTracker()) {
      row(
          "dispute_responded",
          Hex.of(details.getLocator()),
          user,
          "penalty "
              + Hex.txid(data.getTracker().getPenaltyTxid())
              + penalty(details)
              + PenaltyText.forecast(details));
    } else {
      row(
          "being_watched",
          Hex.of(data.getAppointment().getLocator()),
          user,
          "since block "
              + u32(details.getStartBlock())
              + ", "
              + data.getAppointment().getEncryptedBlob().size()
              + " bytes");
    }
    for (Penalty penalty : details.getPenaltiesList()) {
      out.println(fitted("  " + PenaltyText.line(penalty)));
    }
    for (TrackerEvent event : details.getHistoryList()) {
      out.println(
          fitted(
              "  "
                  + Instant.ofEpochSecond(event.getTime())
                  + "  block "
                  + u32(event.getHeight())
                  + "  "
                  + event.getEvent()
                  + (event.getDetail().isEmpty() ? "" : ": " + event.getDetail())));
    }
  }

  private static String penalty(AppointmentDetails details) {
    String block = " block " + u32(details.getPenaltyHeight());
    return switch (details.getPenaltyStatus()) {
      case "confirmed" -> ", confirmed in" + block;
      case "in_mempool" -> ", in the mempool since" + block;
      case "refused" -> ", REFUSED since" + block + ": " + details.getRefusal();
      case "pending" -> ", waiting for bitcoind since" + block;
      case "beaten" -> ", BEATEN in" + block + " by " + Hex.txid(details.getBeatenBy());
      case "complete" -> ", complete, settled in" + block;
      case "standby" -> ", on standby since" + block;
      case "superseded" -> ", superseded in" + block;
      case "awaiting_parent" -> ", waiting for another transaction since" + block;
      default -> "";
    };
  }

  @Override
  public void users(Supplier<Iterator<ByteString>> ids, Supplier<Iterator<UserDetails>> users) {
    Iterator<UserDetails> all = users.get();
    if (!all.hasNext()) {
      out.println("no users");
      return;
    }
    int[] fitted = {FULL_USER_COLUMN, LABEL_COLUMN};
    if (columns > 0) {
      Terminal.fit(fitted, columns - USER_DETAILS);
    }
    String row = "%-" + fitted[0] + "s  %8s  %8s  %6s  %-10s  %-7s  %s";
    out.println(row.formatted("USER", "SLOTS", "UNTIL", "STORED", "LAST SEEN", "DIALECT", "LABEL"));
    long count = 0;
    while (all.hasNext()) {
      UserDetails user = all.next();
      boolean known = !user.getDialect().isEmpty(); // rust-teos returns only ids
      out.println(
          row.formatted(
                  Terminal.shortened(Hex.of(user.getUserId()), fitted[0]),
                  known ? u32(user.getAvailableSlots()) : "?",
                  known ? u32(user.getSubscriptionExpiry()) : "?",
                  known ? u32(user.getAppointments()) : "?",
                  known ? day(user.getLastSeen()) : "?",
                  known ? user.getDialect() : "?",
                  Terminal.shortened(user.getLabel(), fitted[1]))
              .stripTrailing());
      count++;
    }
    out.println(count + (count == 1 ? " user" : " users"));
  }

  /** Returns the day in UTC. */
  private static String day(long lastSeen) {
    return lastSeen == 0 ? "never" : Instant.ofEpochSecond(lastSeen).toString().substring(0, 10);
  }

  @Override
  public void sessions(Iterator<Session> sessions) {
    if (!sessions.hasNext()) {
      out.println("no sessions");
    }
    while (sessions.hasNext()) {
      Session session = sessions.next();
      out.println(
          fitted(
              "%s  %s  %s of %s updates, %d sat/kw, since block %s"
                  .formatted(
                      Hex.of(session.getSessionId()),
                      session.getBlobType(),
                      u32(session.getLastApplied()),
                      u32(session.getMaxUpdates()),
                      session.getSweepFeeRate(),
                      u32(session.getStartBlock()))));
    }
  }

  @Override
  public void invitations(Iterator<ByteString> ids) {
    if (!ids.hasNext()) {
      out.println("no invitations");
    }
    ids.forEachRemaining(id -> out.println(Hex.of(id)));
  }

  @Override
  public void done(String action, String subject, String note) {
    out.println(action + ": " + subject);
    if (!note.isEmpty()) {
      out.println("note: " + note);
    }
  }

  @Override
  public void sessionDeleted(ByteString id) {
    out.println("session " + Hex.of(id) + " deleted");
  }

  @Override
  public void user(
      ByteString id, GetUserResponse user, Iterator<OperatorClient.UserAppointment> appointments) {
    field("user", Hex.of(id));
    field("available slots", u32(user.getAvailableSlots()));
    if (!user.getDialect().isEmpty()) {
      field("subscription start", "block " + u32(user.getSubscriptionStart()));
    }
    field("subscription expiry", "block " + u32(user.getSubscriptionExpiry()));
    if (!user.getDialect().isEmpty()) {
      field("dialect", user.getDialect());
      field(
          "last seen",
          user.getLastSeen() == 0 ? "never" : Instant.ofEpochSecond(user.getLastSeen()));
    }
    if (!user.getLabel().isEmpty()) {
      field("label", user.getLabel());
    }
    out.println();
    if (!appointments.hasNext()) {
      out.println("no appointments");
      return;
    }
    out.printf(APPOINTMENT_ROW, "LOCATOR", "UUID");
    long count = 0;
    while (appointments.hasNext()) {
      OperatorClient.UserAppointment one = appointments.next();
      out.printf(
          APPOINTMENT_ROW,
          one.locator().isEmpty() ? "?" : Hex.of(one.locator()),
          Hex.of(one.uuid()));
      count++;
    }
    out.println(count + (count == 1 ? " appointment" : " appointments"));
  }

  @Override
  public void stopping() {
    out.println("The tower is stopping.");
  }
}
