package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.util.Deque;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.Eventually;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.TestTimeouts;
import teos.testkit.TowerUser;

/**
 * An honest user, with channels that the tower watches and others that it does not know yet. Each
 * request uses a new connection, like users who connect during an attack.
 */
public final class Victim {

  static final int FEE_RATE = 10;
  private static final int MORE_CHANNELS = 50;
  private static final int MAX_ATTEMPTS = 3;

  private final AttackedTower tower;
  private final Dialect dialect;
  private final SecretKey key = SecretKey.generate(new SecureRandom());
  private final Deque<LightningChannel> watched = new ConcurrentLinkedDeque<>();
  private final Deque<LightningChannel> spare = new ConcurrentLinkedDeque<>();
  private final PublicKey towerId;

  /**
   * Registers, opens channels and sends the appointments for half of them. Further channels are
   * opened on demand, 50 with each block.
   */
  public Victim(AttackedTower tower, Dialect dialect, int channels) throws Exception {
    this.tower = tower;
    this.dialect = dialect;
    spare.addAll(LightningChannel.openMany(tower.bitcoind(), channels));
    try (HttpClient http = TowerUser.newHttp()) {
      TowerUser.Reply reply = user(http).register();
      assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    }
    this.towerId = sendNew();
    while (watched.size() < spare.size()) {
      sendNew();
    }
  }

  /** Returns the victim's user id. */
  public PublicKey id() {
    return key.publicKey();
  }

  private TowerUser user(HttpClient http) {
    return new TowerUser(http, tower.api(), dialect, key);
  }

  /** Sends the appointment for another channel; returns the signer of the receipt. */
  private PublicKey sendNew() throws Exception {
    LightningChannel channel = unsent();
    PublicKey signer = withRetries(() -> send(channel));
    watched.add(channel);
    return signer;
  }

  /** Takes a channel that the tower does not know yet. */
  public LightningChannel unsent() throws Exception {
    if (spare.isEmpty()) {
      spare.addAll(LightningChannel.openMany(tower.bitcoind(), MORE_CHANNELS));
    }
    return spare.remove();
  }

  /** Sends the appointment for {@code channel}; returns the signer of the receipt. */
  public PublicKey send(LightningChannel channel) throws Exception {
    try (HttpClient http = TowerUser.newHttp()) {
      TowerUser user = user(http);
      return user.sendForReceipt(
              user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)))
          .signedBy();
    }
  }

  /**
   * Asserts that a ping, a query of an appointment and a new appointment are answered correctly.
   */
  public void assertRequestsAnswered() throws Exception {
    try {
      assertThat(withRetries(this::ping)).isEqualTo(204);
      if (!watched.isEmpty()) {
        LightningChannel channel = watched.element();
        TowerUser.Reply reply = withRetries(() -> query(channel));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.json().path("status").asText()).isEqualTo("being_watched");
      }
      assertThat(sendNew()).isEqualTo(towerId);
    } catch (IOException e) {
      tower.assertAlive();
      throw new AssertionError("no answer; the tower wrote " + tower.process().output(), e);
    }
  }

  private int ping() throws IOException {
    HttpURLConnection ping =
        (HttpURLConnection) tower.api().resolve("/ping").toURL().openConnection();
    ping.setRequestProperty("Connection", "close");
    ping.setConnectTimeout(TestTimeouts.EVENT_MILLIS);
    ping.setReadTimeout(TestTimeouts.EVENT_MILLIS);
    return ping.getResponseCode();
  }

  private TowerUser.Reply query(LightningChannel channel) throws Exception {
    try (HttpClient http = TowerUser.newHttp()) {
      return user(http).get(locator(channel));
    }
  }

  /**
   * Retries as clients do: during an attack the tower closes connections that have not sent a
   * complete request after a second, and a busy machine may need longer.
   */
  private static <T> T withRetries(Callable<T> request) throws Exception {
    for (int left = MAX_ATTEMPTS; ; left--) {
      try {
        return request.call();
      } catch (IOException e) {
        if (left == 1) {
          throw e;
        }
      }
    }
  }

  private Locator locator(LightningChannel channel) {
    return dialect.locator(channel.commitmentTxid());
  }

  /** Returns the channel that will be breached next; an attacker may know its commitment's txid. */
  public LightningChannel next() {
    return watched.element();
  }

  /** Takes a watched channel, whose commitment ({@link #dispute}) the caller publishes. */
  public LightningChannel breach() {
    return watched.remove();
  }

  /** Returns the raw revoked commitment (hex). */
  public static String dispute(LightningChannel channel) {
    return HexFormat.of().formatHex(channel.commitment());
  }

  /** Waits until the penalty is in the mempool or in a block. */
  public void awaitPenalty(LightningChannel channel) throws Exception {
    String txid = channel.penaltyTxid(FEE_RATE).toString();
    Bitcoind bitcoind = tower.bitcoind();
    Eventually.holds(
        "the penalty of the victim",
        TestTimeouts.EVENT,
        () -> {
          tower.assertAlive();
          return bitcoind.rpc("gettxout", txid, 0, true).isObject();
        });
  }
}
