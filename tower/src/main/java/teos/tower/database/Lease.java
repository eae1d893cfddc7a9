package teos.tower.database;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * The right to watch the chain, and to answer, of one among several processes: a row that its
 * holder renews, and that another takes when it has run out by the database's clock.
 *
 * <p>A holder that cannot renew it need not stop by its own clock: without the database it can
 * write nothing, and with it each of its writes is refused when another has the lease ({@link
 * Fence}). What it sends to bitcoind until it notices is what the other one sends, too.
 */
public final class Lease implements AutoCloseable {

  /** For so long it is valid after each renewal. */
  static final int VALID_SECONDS = 5;

  private static final String SELECT_EPOCH = "SELECT epoch FROM lease WHERE id = 1<lock>";

  private final HikariDataSource source;
  private final Jdbi jdbi;
  private final StorageHealth health;
  private final Fence fence;

  /** The epoch in which this process has it, or had it. */
  private volatile long held;

  Lease(HikariDataSource source, Jdbi jdbi, StorageHealth health, Fence fence) {
    this.source = source;
    this.jdbi = jdbi;
    this.health = health;
    this.fence = fence;
  }

  /**
   * What is wrong with the bitcoind of who watches.
   *
   * @param unfit whether somebody has to see to it
   */
  public record Trouble(boolean unfit, String why) {}

  /**
   * The lease as others see it.
   *
   * @param holder who has it, or had it last; empty if nobody has had it
   * @param held whether it is still valid
   * @param trouble with the holder's bitcoind
   */
  public record Seen(String holder, boolean held, Optional<Trouble> trouble) {}

  /** The lease as it is now, in the caller's transaction. */
  public static Seen seen(Handle handle) {
    return handle
        .createQuery(
            "SELECT holder, expires > CURRENT_TIMESTAMP AS held, unfit, trouble FROM lease"
                + " WHERE id = 1")
        .map(
            (row, context) -> {
              String why = row.getString("trouble");
              return new Seen(
                  row.getString("holder"),
                  row.getBoolean("held"),
                  why.isEmpty()
                      ? Optional.empty()
                      : Optional.of(new Trouble(row.getBoolean("unfit"), why)));
            })
        .one();
  }

  /**
   * Takes the lease if nobody has it, or if {@code holder} has: that is a process that has ended.
   *
   * @param holder a name that no two processes have at the same time; people see it, too
   * @return whether it is this process's now
   * @throws StorageException if the database does not answer
   */
  public boolean take(String holder) {
    OptionalLong taken =
        transact(
            handle -> {
              int rows =
                  handle.execute(
                      "UPDATE lease SET epoch = epoch + 1, holder = ?, unfit = FALSE, trouble = '',"
                          + " expires = "
                          + validUntil()
                          + " WHERE id = 1 AND (expires <= CURRENT_TIMESTAMP OR holder = ?)",
                      holder,
                      holder);
              return rows == 1 ? OptionalLong.of(epoch(handle)) : OptionalLong.empty();
            });
    taken.ifPresent(
        epoch -> {
          held = epoch;
          fence.set(epoch);
        });
    return taken.isPresent();
  }

  /**
   * Renews the lease, also one that has run out, if nobody has taken it. If somebody has, that is
   * the database's first fault: see {@link Database#onFault}.
   *
   * @throws StorageException if the database does not answer, or the lease is lost
   */
  public void renew(Optional<Trouble> trouble) {
    boolean renewed =
        transact(
            handle ->
                handle.execute(
                        "UPDATE lease SET unfit = ?, trouble = ?, expires = "
                            + validUntil()
                            + " WHERE id = 1 AND epoch = ?",
                        trouble.map(Trouble::unfit).orElse(false),
                        trouble.map(Trouble::why).orElse(""),
                        held)
                    == 1);
    if (!renewed) {
      throw health.judge("cannot watch on", lost());
    }
  }

  /** Lets another process have it at once; whatever this one has to write is written. */
  public void release() {
    transact(
        handle ->
            handle.execute(
                "UPDATE lease SET expires = CURRENT_TIMESTAMP WHERE id = 1 AND epoch = ?", held));
  }

  private static String validUntil() {
    return "CURRENT_TIMESTAMP + INTERVAL '" + VALID_SECONDS + " seconds'";
  }

  private <T> T transact(Function<Handle, T> work) {
    try {
      return jdbi.inTransaction(work::apply);
    } catch (JdbiException e) {
      throw health.judge("cannot see to the lease", e);
    }
  }

  static long epoch(Handle handle) {
    return handle.createQuery(SELECT_EPOCH).mapTo(Long.class).one();
  }

  static StorageException lost() {
    return new StorageException(
        StorageFault.LEASE_LOST, "another teosd has taken over to watch the chain", null);
  }

  @Override
  public void close() {
    source.close();
  }
}
