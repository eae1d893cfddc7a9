package teos.tower.gatekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.SignedTexts;
import teos.testkit.TestTimeouts;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.OpenDatabase;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserNotes;
import teos.tower.store.UsersDBM;

/** What only the operator sees of users, on either database. */
class UserDirectoryTest {

  private static final int MAX_USERS = 10_000;

  private final SecretKey key = SecretKey.generate(new SecureRandom());
  private final PublicKey user = key.publicKey();
  @OpenDatabase private Database database;
  private Gatekeeper gatekeeper;

  @BeforeEach
  void open() {
    gatekeeper = gatekeeper();
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
  }

  /** Returns a gatekeeper with nothing in memory, as after a restart or in another process. */
  private Gatekeeper gatekeeper() {
    return new Gatekeeper(
        database,
        new UsersDBM(),
        new AppointmentsDBM(database),
        new TrackersDBM(),
        new Capacity(database, 1_000_000),
        new SubscriptionTerms(100, 10, 2),
        100);
  }

  private UserNotes notes(Gatekeeper gatekeeper) {
    return Objects.requireNonNull(gatekeeper.directory().notes(List.of(user)).get(user));
  }

  private void sign(Gatekeeper to) {
    byte[] request = SignedTexts.getSubscriptionInfo();
    assertThat(to.authenticate(request, MessageSignature.sign(request, key))).isPresent();
  }

  @Test
  void setLabel_survivesARenewalAndCanBeRemoved() {
    assertThat(notes(gatekeeper)).isEqualTo(UserNotes.NONE);
    assertThat(gatekeeper.directory().setLabel(user, "Zoë, 2nd node")).isTrue();
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    assertThat(notes(gatekeeper()).label()).isEqualTo("Zoë, 2nd node");
    assertThat(gatekeeper.directory().setLabel(user, "")).isTrue();
    assertThat(notes(gatekeeper())).isEqualTo(UserNotes.NONE);
  }

  @Test
  void setLabel_unknownUser_isFalse() {
    PublicKey stranger = SecretKey.generate(new SecureRandom()).publicKey();
    assertThat(gatekeeper.directory().setLabel(stranger, "x")).isFalse();
    assertThat(gatekeeper.directory().notes(List.of(stranger))).isEmpty();
  }

  @Test
  void authenticate_recordsTheUserAsSeen_registrationDoesNot() {
    assertThat(notes(gatekeeper).lastSeen()).isEmpty();
    Instant before = Instant.now();
    sign(gatekeeper);
    assertThat(notes(gatekeeper).lastSeen().orElseThrow()).isBetween(before, Instant.now());
    assertThat(notes(gatekeeper()).lastSeen()).isEmpty(); // a request causes no write
    gatekeeper.directory().writePending();
    Optional<Instant> written = notes(gatekeeper()).lastSeen();
    assertThat(written.orElseThrow().getEpochSecond())
        .isBetween(before.getEpochSecond(), Instant.now().getEpochSecond());
  }

  @Test
  void writePending_storedLessThanAnHourAgo_writesNothing() {
    Instant early = Instant.now().minusSeconds(1_800);
    store(early);
    sign(gatekeeper);
    gatekeeper.directory().writePending();
    assertThat(notes(gatekeeper()).lastSeen().orElseThrow().getEpochSecond())
        .isEqualTo(early.getEpochSecond());
    store(Instant.now().minusSeconds(3_700));
    gatekeeper = gatekeeper();
    sign(gatekeeper);
    gatekeeper.directory().writePending();
    assertThat(notes(gatekeeper()).lastSeen().orElseThrow()).isAfter(early);
  }

  private void store(Instant at) {
    database.write(
        handle ->
            handle.execute(
                "UPDATE users SET last_seen = ? WHERE user_id = ?",
                at.getEpochSecond(),
                user.bytes()));
  }

  @Test
  void blockConnected_writesLastSeenTimes() throws Exception {
    sign(gatekeeper);
    gatekeeper.blockConnected(101);
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (notes(gatekeeper()).lastSeen().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(50);
    }
    assertThat(notes(gatekeeper()).lastSeen()).isPresent();
  }

  @Test
  void recordSeen_moreUsersThanTheLimit_areRecordedAfterAWrite() {
    for (int i = 0; i < MAX_USERS; i++) {
      byte[] id = ByteBuffer.allocate(PublicKey.LENGTH).put((byte) 2).putInt(i).array();
      gatekeeper.directory().recordSeen(PublicKey.ofTrusted(id));
    }
    sign(gatekeeper);
    assertThat(notes(gatekeeper).lastSeen()).isEmpty();
    gatekeeper.directory().writePending();
    sign(gatekeeper);
    assertThat(notes(gatekeeper).lastSeen()).isPresent();
  }
}
