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
 * Limit on a port's concurrent connections, in total and per client network. A new connection over
 * the limit evicts the one that has waited longest for its client, so that idle connections keep
 * nobody out: one of the same network if that has reached its limit, one of all otherwise.
 *
 * <p>A connection waits for its client until a request or a message is complete; a slow sender
 * counts as waiting since it began. A connection that the tower is processing is never evicted.
 * Thread-safe; only {@link #awaitRoom} blocks.
 */
public final class ConnectionLimiter {

  /**
   * Minimum time that a new connection has for its request before {@link #awaitRoom} allows its
   * eviction.
   */
  static final Duration GRACE = Duration.ofSeconds(1);

  private final int max;
  private final int maxPerNetwork;
  private final Predicate<InetAddress> shared;

  private final Group all = new Group();
  private final Map<InetAddress, Group> networks = new HashMap<>();

  /** Connections with a common limit. */
  private static final class Group {
    private int open;

    /** Evictable connections, longest waiting first. */
    private final SequencedSet<Connection> waiting = new LinkedHashSet<>();
  }

  /**
   * @param max connections in total
   * @param maxPerNetwork connections of one client network
   * @param shared matches addresses that stand for many users, such as a proxy's, and have no limit
   *     of their own
   */
  public ConnectionLimiter(int max, int maxPerNetwork, Predicate<InetAddress> shared) {
    this.max = max;
    this.maxPerNetwork = maxPerNetwork;
    this.shared = shared;
  }

  /**
   * Counts a new connection, which waits for its client from now on, and evicts another if needed.
   *
   * @param peer the connected address
   * @param close closes the connection without blocking; may be called by any thread
   * @return empty if there is no room because the tower is processing all other connections
   */
  public Optional<Connection> register(InetAddress peer, Runnable close) {
    Connection evicted = null;
    Connection added;
    synchronized (this) {
      InetAddress network = shared.test(peer) ? null : ClientNetwork.of(peer);
      Group group = network == null ? null : networks.get(network);
      if (group != null && group.open >= maxPerNetwork) {
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
   * Counts a new connection like {@link #register}, but even if there is no room: for a server that
   * calls {@link #awaitRoom} first.
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
   * Blocks while the tower is processing the maximum number of connections, or would have to evict
   * a connection younger than {@link #GRACE}: a burst of connections must not evict its own
   * members, because clients would lose the requests that they have just sent.
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

  /** Returns the number of counted connections. */
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

  /** Connection that is counted until it is closed. */
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

    /** Marks the connection as waiting for its client from now on: it may be evicted. */
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

    /** Marks the connection as being processed by the tower: it is not evicted. */
    public void working() {
      synchronized (ConnectionLimiter.this) {
        all.waiting.remove(this);
        if (group != null) {
          group.waiting.remove(this);
        }
      }
    }

    /** Returns whether the connection has been evicted or {@link #close closed}. */
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
