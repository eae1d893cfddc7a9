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
import org.jspecify.annotations.Nullable;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * A user of a tower with several API endpoints, which sends to a random one and tries another after
 * an I/O error or a 503 reply.
 */
final class RoamingUser {

  private final Dialect dialect;
  private final List<URI> endpoints;
  private final Queue<LightningChannel> channels;
  private final Random random;
  private final SecretKey key = SecretKey.generate(new SecureRandom());
  private final List<RepeatedAppointment> appointments = new CopyOnWriteArrayList<>();
  private final Set<PublicKey> signers = new HashSet<>();
  private final Thread thread;
  private volatile boolean done;
  private volatile @Nullable Throwable failure;
  private boolean registered;
  private int receipts;
  private int refusals;

  RoamingUser(
      Dialect dialect, List<URI> endpoints, Queue<LightningChannel> channels, Random random) {
    this.dialect = dialect;
    this.endpoints = endpoints;
    this.channels = channels;
    this.random = random;
    this.thread = Thread.ofPlatform().start(this::run);
  }

  private TowerUser at(URI endpoint) {
    return new TowerUser(endpoint, dialect, key);
  }

  private void run() {
    List<TowerUser> all = endpoints.stream().map(this::at).toList();
    try {
      while (!done) {
        sendNext(all.get(random.nextInt(all.size())));
        Thread.sleep(random.nextInt(20));
      }
    } catch (Throwable e) {
      failure = e;
    }
  }

  private void sendNext(TowerUser user) throws Exception {
    try {
      if (!registered) {
        TowerUser.Reply reply = user.register();
        registered = reply.status() == 200;
        if (!registered && reply.status() != 503) {
          throw new AssertionError("not registered: " + reply);
        }
      } else if (appointments.isEmpty() || random.nextInt(3) > 0) {
        LightningChannel channel = channels.poll();
        if (channel != null) {
          RepeatedAppointment appointment = new RepeatedAppointment(channel);
          appointments.add(appointment);
          send(appointment, user);
        }
      } else {
        send(appointments.get(random.nextInt(appointments.size())), user);
      }
    } catch (IOException e) {
      refusals++; // killed or not running: without a receipt there is no obligation
    }
  }

  private void send(RepeatedAppointment appointment, TowerUser user) throws Exception {
    try {
      appointment
          .send(user)
          .ifPresent(
              signer -> {
                signers.add(signer);
                receipts++;
              });
    } catch (IllegalStateException e) {
      if (!String.valueOf(e.getMessage()).contains("status=503")) {
        throw e;
      }
      refusals++;
    }
  }

  /** Stops sending; fails if a request failed unexpectedly. */
  void finish() throws Exception {
    done = true;
    thread.join();
    if (failure != null) {
      throw new AssertionError("a user failed", failure);
    }
  }

  List<RepeatedAppointment> appointments() {
    return appointments;
  }

  Set<PublicKey> signers() {
    return signers;
  }

  int receipts() {
    return receipts;
  }

  int refusals() {
    return refusals;
  }

  /** Asserts that the tower watches all channels that have not been breached. */
  void assertWatched(URI endpoint) throws Exception {
    TowerUser user = at(endpoint);
    for (RepeatedAppointment appointment : appointments) {
      if (appointment.hasReceipt() && !appointment.isBreached()) {
        assertThat(appointment.isWatched(user)).as("watches an allowed version").isTrue();
      }
    }
  }
}
