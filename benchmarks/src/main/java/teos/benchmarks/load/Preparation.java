package teos.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Registers the users, and has them sign all that they are going to send. */
final class Preparation {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int TAG_BYTES = 16;
  private static final int TO_SELF_DELAY = 144;

  /** Appointments that are there to be read, each again and again. */
  private static final int MOST_READABLE = 1_000;

  private static final int READ_AGAIN = 10;

  private static final int MOST_USERS = 1_000_000;

  private final LoadPlan plan;
  private final TowerConnection connection;
  private final HttpRequests requests;
  private final PrintStream progress;

  private Preparation(LoadPlan plan, URI api, TowerConnection connection, PrintStream progress) {
    this.plan = plan;
    this.connection = connection;
    this.requests = new HttpRequests(api, plan.dialect());
    this.progress = progress;
  }

  /**
   * Makes ready what {@code plan} needs.
   *
   * @throws LoadException if the tower does not register users, or take the appointments that are
   *     to be read
   */
  static PreparedRequests run(LoadPlan plan, URI api, PrintStream progress)
      throws IOException, LoadException {
    try (TowerConnection connection = new TowerConnection(api)) {
      return new Preparation(plan, api, connection, progress).run();
    }
  }

  private record Signed(LoadUser user, Appointment appointment, byte[] request) {}

  private PreparedRequests run() throws IOException, LoadException {
    int reads = plan.readsAmong(plan.requests());
    int readable = Math.min(MOST_READABLE, Math.ceilDiv(reads, READ_AGAIN));
    int adds = plan.requests() - reads;
    List<LoadUser> users = users(adds + readable);
    Progress signed = new Progress(progress, "requests signed", adds);
    byte[][] sent = new byte[adds][];
    IntStream.range(0, adds)
        .parallel()
        .forEach(
            i -> {
              sent[i] = sign(users, i).request();
              signed.step();
            });
    List<PreparedRequests.Read> known = new ArrayList<>();
    for (int i = 0; i < readable; i++) {
      known.add(read(sign(users, adds + i)));
    }
    return new PreparedRequests(users.getFirst().tower(), sent, known);
  }

  /** As many as the plan has, or as are needed for {@code appointments} shared out among them. */
  private List<LoadUser> users(int appointments) throws IOException, LoadException {
    int slotsEach = Appointment.slots(plan.penaltyBytes() + TAG_BYTES);
    SecureRandom random = new SecureRandom();
    List<LoadUser> users = new ArrayList<>();
    long fewest = Long.MAX_VALUE;
    while (users.size() < plan.users() || fewest / slotsEach * users.size() < appointments) {
      LoadUser user =
          LoadUser.register(connection, requests, SecretKey.generate(random), plan.dialect());
      users.add(user);
      fewest = Math.min(fewest, user.slots());
      if (fewest < slotsEach || users.size() > MOST_USERS) {
        throw new LoadException(
            "a registration gives "
                + fewest
                + " slots: not enough for "
                + appointments
                + " appointments of "
                + slotsEach);
      }
      requireSame(users.getFirst().tower(), user.tower());
    }
    return users;
  }

  private static void requireSame(PublicKey first, PublicKey other) throws LoadException {
    if (!first.equals(other)) {
      throw new LoadException(
          "registrations are signed by different keys: "
              + first
              + ", "
              + other
              + " (is the dialect the right one?)");
    }
  }

  private Signed sign(List<LoadUser> users, int index) {
    Random random = new Random(new SecureRandom().nextLong());
    byte[] locator = new byte[Locator.LENGTH];
    byte[] blob = new byte[plan.penaltyBytes() + TAG_BYTES];
    random.nextBytes(locator);
    random.nextBytes(blob);
    LoadUser user = users.get(index % users.size());
    Appointment appointment = new Appointment(new Locator(locator), blob, TO_SELF_DELAY);
    return new Signed(
        user, appointment, requests.addAppointment(appointment, user.sign(appointment)));
  }

  private PreparedRequests.Read read(Signed signed) throws IOException, LoadException {
    requireOk("add_appointment", connection.exchange(signed.request()));
    Appointment appointment = signed.appointment();
    byte[] request = requests.getAppointment(appointment.locator(), signed.user().key());
    byte[] answer = requireOk("get_appointment", connection.exchange(request));
    JsonNode read = MAPPER.readTree(answer);
    String blob = HexFormat.of().formatHex(appointment.encryptedBlob());
    if (!read.path("appointment").path("encrypted_blob").asText().equals(blob)) {
      throw new LoadException(
          "get_appointment answers something else than was sent: " + text(answer));
    }
    return new PreparedRequests.Read(request, answer);
  }

  private static byte[] requireOk(String call, ReplyReader reply) throws LoadException {
    byte[] body = reply.body();
    if (reply.status() != 200) {
      throw new LoadException(call + ": HTTP " + reply.status() + " " + text(body));
    }
    return body;
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8).strip();
  }
}
