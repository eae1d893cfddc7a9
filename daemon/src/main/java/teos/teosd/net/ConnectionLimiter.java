package teos.teosd.net;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Limit on the connections that a port holds at a time, in all and of one client network. Where a
 * new connection is one too many, the tower closes the one that has been waiting for its client for
 * longest, so that connections that are held without being used keep nobody out: of the same
 * network if that has reached its limit, of all otherwise.
 *
 * <p>A connection waits for its client while a request or a message has not arrived whole, however
 * much of it has: a slow sender counts as waiting since it began. While the tower works on a
 * response, the connection is not chosen. Safe for any number of threads; only {@link #awaitRoom}
 * blocks.
 */
public final class ConnectionLimiter {

  /**
   * What a connection has at least for its request, before it is closed for another of any network.
   */
  static final Duration GRACE = Duration.ofSeconds(1);

  private final int max;
  private final int maxOfNetwork;
  private final Predicate<InetAddress> shared;

  private final Group all = new Group();
  private final Map<InetAddress, Group> networks = new HashMap<>();

  /** Connections that are counted together. */
  private static final class Group {
    private int open;

    /** By how long they have been waiting, longest first. */
    private final SequencedSet<Connection> waiting = new LinkedHashSet<>();
  }

  /**
   * @param max connections in all
   * @param maxOfNetwork connections of one client network
   * @param shared addresses that stand for many users, such as a proxy's, and have no limit of
   *     their own
   */
  public ConnectionLimiter(int max, int maxOfNetwork, Predicate<InetAddress> shared) {
    this.max = max;
    this.maxOfNetwork = maxOfNetwork;
    this.shared = shared;
  }

  /**
   * Counts a new connection, which waits for its client from now on, and closes another if need be.
   *
   * @param peer the address that is connected
   * @param close closes it, without blocking; may be called by any thread
   * @return empty if there is no room, because the tower is working for all others
   */
  public Optional<Connection> register(InetAddress peer, Runnable close) {
    Connection evicted = null;
    Connection added;
    synchronized (this) {
      InetAddress network = shared.test(peer) ? null : ClientNetwork.of(peer);
      Group group = network == null ? null : networks.get(network);
      if (group != null && group.open >= maxOfNetwork) {
        evicted = group.waiting.isEmpty() ? null : group.waiting.getFirst();
      } else if (all.open >= max) {
        evicted = all.waiting.isEmpty() ? null : all.waiting.getFirst();
      } else {
        return Optional.of(add(network, close));
      }
      if (evicted == null) {
        return Optional.empty();
      }
      remove(evicted);
      added = add(network, close);
    }
    evicted.close.run();
    return Optional.of(added);
  }

  /**
   * Counts a new connection as {@link #register} does, and even if there is no room: for a server
   * that has called {@link #awaitRoom} before it accepted the connection.
   */
  public Connection admit(InetAddress peer, Runnable close) {
    return register(peer, close)
        .orElseGet(
            () -> {
              synchronized (this) {
                return add(shared.test(peer) ? null : ClientNetwork.of(peer), close);
              }
            });
  }

  /**
   * Blocks while the tower is working for as many connections as there may be, or would have to
   * close one that is so new that its request may just have come: a burst of connections must not
   * cut off those that came with it, because clients lose what they have sent then.
   */
  public synchronized void awaitRoom() throws InterruptedException {
    while (all.open >= max) {
      if (all.waiting.isEmpty()) {
        wait();
      } else {
        long waited = System.nanoTime() - all.waiting.getFirst().waitingSince;
        if (waited >= GRACE.toNanos()) {
          return;
        }
        wait(1 + TimeUnit.NANOSECONDS.toMillis(GRACE.toNanos() - waited));
      }
    }
  }

  /** How many connections are counted. */
  public synchronized int open() {
    return all.open;
  }

  private Connection add(@Nullable InetAddress network, Runnable close) {
    Group group = network == null ? null : networks.computeIfAbsent(network, key -> new Group());
    Connection connection = new Connection(network, group, close);
    connection.counted = true;
    all.open++;
    all.waiting.add(connection);
    if (group != null) {
      group.open++;
      group.waiting.add(connection);
    }
    return connection;
  }

  private void remove(Connection connection) {
    if (!connection.counted) {
      return;
    }
    connection.counted = false;
    all.open--;
    notifyAll();
    all.waiting.remove(connection);
    Group group = connection.group;
    if (group != null && connection.network != null) {
      group.open--;
      group.waiting.remove(connection);
      if (group.open == 0) {
        networks.remove(connection.network);
      }
    }
  }

  /** A connection that is counted until it is closed. */
  public final class Connection implements AutoCloseable {
    private final @Nullable InetAddress network;
    private final @Nullable Group group;
    private final Runnable close;
    private boolean counted;
    private long waitingSince = System.nanoTime();

    private Connection(@Nullable InetAddress network, @Nullable Group group, Runnable close) {
      this.network = network;
      this.group = group;
      this.close = close;
    }

    /** Marks the connection as waiting for its client from now on: it may be closed for another. */
    public void waiting() {
      synchronized (ConnectionLimiter.this) {
        if (counted) {
          if (all.waiting.isEmpty()) {
            ConnectionLimiter.this.notifyAll();
          }
          waitingSince = System.nanoTime();
          all.waiting.addLast(this);
          if (group != null) {
            group.waiting.addLast(this);
          }
        }
      }
    }

    /** Marks the connection as in use by the tower: it is not closed for another. */
    public void working() {
      synchronized (ConnectionLimiter.this) {
        all.waiting.remove(this);
        if (group != null) {
          group.waiting.remove(this);
        }
      }
    }

    /** Whether it has been closed for another connection, or by {@link #close}. */
    public boolean isClosed() {
      synchronized (ConnectionLimiter.this) {
        return !counted;
      }
    }

    /** Stops counting the connection; does not close it. */
    @Override
    public void close() {
      synchronized (ConnectionLimiter.this) {
        remove(this);
      }
    }
  }
}
