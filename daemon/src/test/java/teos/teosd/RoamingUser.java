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
 * A user of a tower with several doors, who knocks at any of them, and at another one when nobody
 * answers or the answer is 503.
 */
final class RoamingUser {

  private final Dialect dialect;
  private final List<URI> doors;
  private final Queue<LightningChannel> channels;
  private final Random random;
  private final SecretKey key = SecretKey.generate(new SecureRandom());
  private final List<RepeatedAppointment> promises = new CopyOnWriteArrayList<>();
  private final Set<PublicKey> signers = new HashSet<>();
  private final Thread thread;
  private volatile boolean done;
  private volatile @Nullable Throwable failure;
  private boolean registered;
  private int receipts;
  private int refusals;

  RoamingUser(Dialect dialect, List<URI> doors, Queue<LightningChannel> channels, Random random) {
    this.dialect = dialect;
    this.doors = doors;
    this.channels = channels;
    this.random = random;
    this.thread = Thread.ofPlatform().start(this::live);
  }

  private TowerUser at(URI door) {
    return new TowerUser(door, dialect, key);
  }

  private void live() {
    List<TowerUser> all = doors.stream().map(this::at).toList();
    try {
      while (!done) {
        knock(all.get(random.nextInt(all.size())));
        Thread.sleep(random.nextInt(20));
      }
    } catch (Throwable e) {
      failure = e;
    }
  }

  private void knock(TowerUser user) throws Exception {
    try {
      if (!registered) {
        TowerUser.Reply reply = user.register();
        registered = reply.status() == 200;
        if (!registered && reply.status() != 503) {
          throw new AssertionError("not registered: " + reply);
        }
      } else if (promises.isEmpty() || random.nextInt(3) > 0) {
        LightningChannel channel = channels.poll();
        if (channel != null) {
          RepeatedAppointment promise = new RepeatedAppointment(channel);
          promises.add(promise);
          send(promise, user);
        }
      } else {
        send(promises.get(random.nextInt(promises.size())), user);
      }
    } catch (IOException e) {
      refusals++; // killed, or not there: what has no receipt is no promise
    }
  }

  private void send(RepeatedAppointment promise, TowerUser user) throws Exception {
    try {
      promise
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

  /** Ends its busy life. */
  void finish() throws Exception {
    done = true;
    thread.join();
    if (failure != null) {
      throw new AssertionError("a user failed", failure);
    }
  }

  List<RepeatedAppointment> promises() {
    return promises;
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

  /** That the tower watches what has not been breached. */
  void assertWatched(URI door) throws Exception {
    TowerUser user = at(door);
    for (RepeatedAppointment promise : promises) {
      if (promise.isHeld() && !promise.isBreached()) {
        assertThat(promise.isWatched(user)).as("a version that is allowed").isTrue();
      }
    }
  }
}
