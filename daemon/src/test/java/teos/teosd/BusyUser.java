package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/** User that registers, sends appointments and updates them until the tower stops answering. */
final class BusyUser {

  private static final int MAX_NEW_PER_RUN = 8;

  private final Dialect dialect;
  private final SecretKey key = SecretKey.generate(new SecureRandom());
  private final Random random;
  private final List<RepeatedAppointment> appointments = new CopyOnWriteArrayList<>();
  private final Set<PublicKey> signers = new HashSet<>();
  private long expiry;
  private int registrations;
  private int receipts;
  private int updates;
  private @Nullable Thread thread;
  private @Nullable Exception failure;

  BusyUser(Dialect dialect, Random random) {
    this.dialect = dialect;
    this.random = random;
  }

  private TowerUser at(URI api) {
    return new TowerUser(api, dialect, key);
  }

  /** Starts; counts {@code newReceipts} down for each receipt for a new appointment. */
  void start(URI api, Queue<LightningChannel> channels, CountDownLatch newReceipts) {
    thread = Thread.ofPlatform().start(() -> run(at(api), channels, newReceipts));
  }

  private void run(TowerUser user, Queue<LightningChannel> channels, CountDownLatch newReceipts) {
    int fresh = 0;
    try {
      while (true) {
        int choice = random.nextInt(20);
        if (expiry == 0 || choice == 0) {
          register(user);
        } else if (fresh < MAX_NEW_PER_RUN && (choice < 12 || appointments.isEmpty())) {
          LightningChannel channel = channels.poll();
          if (channel != null) {
            RepeatedAppointment appointment = new RepeatedAppointment(channel);
            appointments.add(appointment);
            send(appointment, user);
            fresh++;
            newReceipts.countDown();
          }
        } else if (!appointments.isEmpty()) {
          RepeatedAppointment old = appointments.get(random.nextInt(appointments.size()));
          if (send(old, user)) {
            updates++;
          }
        }
      }
    } catch (IOException e) {
      // the tower was killed; an appointment without a receipt is no obligation
    } catch (Exception e) {
      failure = e;
    }
  }

  private void register(TowerUser user) throws Exception {
    TowerUser.Reply reply = user.register();
    if (reply.status() != 200) {
      throw new IllegalStateException("not registered: " + reply);
    }
    expiry = reply.json().path("subscription_expiry").asLong();
    registrations++;
  }

  private boolean send(RepeatedAppointment appointment, TowerUser user) throws Exception {
    return appointment
        .send(user)
        .map(
            signer -> {
              signers.add(signer);
              receipts++;
              return true;
            })
        .orElse(false);
  }

  /** Waits until this user has stopped because the tower was killed. */
  void finish() throws Exception {
    if (thread != null) {
      thread.join();
      thread = null;
    }
    if (failure != null) {
      throw failure;
    }
  }

  List<RepeatedAppointment> appointments() {
    return appointments;
  }

  Set<PublicKey> signers() {
    return signers;
  }

  int registrations() {
    return registrations;
  }

  int receipts() {
    return receipts;
  }

  int updates() {
    return updates;
  }

  /** Checks that the tower has the last registration, and watches its unbreached appointments. */
  void assertRemembered(URI api) throws Exception {
    if (expiry == 0) {
      return;
    }
    TowerUser user = at(api);
    TowerUser.Reply reply = user.subscription();
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.json().path("subscription_expiry").asLong()).isGreaterThanOrEqualTo(expiry);
    for (RepeatedAppointment appointment : appointments) {
      if (appointment.hasReceipt() && !appointment.isBreached()) {
        assertThat(appointment.isWatched(user)).as("the stored version is allowed").isTrue();
      }
    }
  }
}
