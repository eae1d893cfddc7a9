package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.teosd.Eventually;
import teos.testkit.TowerUser;

/** A stranger with any number of keys, sending on several connections at once. */
public final class Attacker implements AutoCloseable {

  /** Size of a blob that almost fills a request body of 1 MiB, bytes. */
  public static final int LARGE_BLOB = 500_000;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final URI api;
  private final HttpClient http = TowerUser.newHttp();
  private final ExecutorService connections;

  /**
   * @param api the tower's public API
   * @param connections number of concurrent requests
   */
  public Attacker(URI api, int connections) {
    this.api = api;
    this.connections = Executors.newFixedThreadPool(connections, Thread.ofVirtual().factory());
  }

  /** Creates a user, not registered yet. */
  public TowerUser newUser() {
    return new TowerUser(http, api, Dialect.V2, SecretKey.generate(RANDOM));
  }

  /** Registers {@code count} users. */
  public List<TowerUser> register(int count) throws Exception {
    List<Callable<TowerUser>> registrations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      registrations.add(this::registeredUser);
    }
    return all(registrations);
  }

  /** Registers a user, and tries again while the tower is too busy or bitcoind unavailable. */
  private TowerUser registeredUser() throws Exception {
    TowerUser user = newUser();
    Eventually.holds(
        "registration",
        () -> {
          TowerUser.Reply reply = user.register();
          assertThat(reply.status()).as(reply.text()).isIn(200, 503);
          return reply.status() == 200;
        });
    return user;
  }

  /** Runs all requests, at most one per connection at a time, and returns their results. */
  public <T> List<T> all(List<Callable<T>> requests) throws Exception {
    List<T> results = new ArrayList<>();
    for (Future<T> future : connections.invokeAll(requests)) {
      results.add(future.get());
    }
    return results;
  }

  /** Returns an appointment of random bytes that decrypt to no transaction. */
  public static Appointment garbage(Locator locator, int bytes) {
    byte[] blob = new byte[bytes];
    ThreadLocalRandom.current().nextBytes(blob);
    return new Appointment(locator, blob, 144);
  }

  /** Sends an appointment; fails unless the tower accepts it. */
  public static TowerUser.Reply send(TowerUser user, Appointment appointment) throws Exception {
    TowerUser.Reply reply = user.send(appointment);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply;
  }

  @Override
  public void close() {
    connections.shutdownNow();
    http.shutdownNow();
  }
}
