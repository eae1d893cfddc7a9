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

/** Prepares a load run: registers the users and signs all requests before the clock starts. */
final class Preparation {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int TAG_BYTES = 16;
  private static final int TO_SELF_DELAY = 144;

  /** Upper bound of the appointments that get_appointment requests, each many times. */
  private static final int MAX_READABLE = 1_000;

  private static final int READS_PER_APPOINTMENT = 10;

  private static final int MAX_USERS = 1_000_000;

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
   * Prepares the requests of {@code plan}.
   *
   * @throws LoadException if the tower does not register users or does not accept the appointments
   *     that will be read
   */
  static PreparedRequests run(LoadPlan plan, URI api, PrintStream progress)
      throws IOException, LoadException {
    try (TowerConnection connection = new TowerConnection(api)) {
      return new Preparation(plan, api, connection, progress).run();
    }
  }

  private record SignedRequest(LoadUser user, Appointment appointment, byte[] request) {}

  private PreparedRequests run() throws IOException, LoadException {
    int reads = plan.readsAmong(plan.requests());
    int readable = Math.min(MAX_READABLE, Math.ceilDiv(reads, READS_PER_APPOINTMENT));
    int adds = plan.requests() - reads;
    List<LoadUser> users = registerUsers(adds + readable);
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
      known.add(prepareRead(sign(users, adds + i)));
    }
    return new PreparedRequests(users.getFirst().tower(), sent, known);
  }

  /**
   * Registers the users of the plan, or more if their slots do not suffice for {@code
   * appointments}.
   */
  private List<LoadUser> registerUsers(int appointments) throws IOException, LoadException {
    int slotsEach = Appointment.slots(plan.penaltyBytes() + TAG_BYTES);
    SecureRandom random = new SecureRandom();
    List<LoadUser> users = new ArrayList<>();
    long minSlots = Long.MAX_VALUE;
    while (users.size() < plan.users() || minSlots / slotsEach * users.size() < appointments) {
      LoadUser user =
          LoadUser.register(connection, requests, SecretKey.generate(random), plan.dialect());
      users.add(user);
      minSlots = Math.min(minSlots, user.slots());
      if (minSlots < slotsEach || users.size() > MAX_USERS) {
        throw new LoadException(
            "a registration grants only "
                + minSlots
                + " slots, which is not enough for "
                + appointments
                + " appointments of "
                + slotsEach
                + " slots");
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
              + "; check --dialect");
    }
  }

  private SignedRequest sign(List<LoadUser> users, int index) {
    Random random = new Random(new SecureRandom().nextLong());
    byte[] locator = new byte[Locator.LENGTH];
    byte[] blob = new byte[plan.penaltyBytes() + TAG_BYTES];
    random.nextBytes(locator);
    random.nextBytes(blob);
    LoadUser user = users.get(index % users.size());
    Appointment appointment = new Appointment(new Locator(locator), blob, TO_SELF_DELAY);
    return new SignedRequest(
        user, appointment, requests.addAppointment(appointment, user.sign(appointment)));
  }

  private PreparedRequests.Read prepareRead(SignedRequest signed)
      throws IOException, LoadException {
    requireOk("add_appointment", connection.exchange(signed.request()));
    Appointment appointment = signed.appointment();
    byte[] request = requests.getAppointment(appointment.locator(), signed.user().key());
    byte[] answer = requireOk("get_appointment", connection.exchange(request));
    JsonNode read = MAPPER.readTree(answer);
    String blob = HexFormat.of().formatHex(appointment.encryptedBlob());
    if (!read.path("appointment").path("encrypted_blob").asText().equals(blob)) {
      throw new LoadException(
          "get_appointment did not return the appointment that was sent: " + text(answer));
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
