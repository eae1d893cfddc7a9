package teos.tower.database;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Right to watch the chain and respond to breaches, for one of several processes: a row that its
 * holder renews, and that another process takes once it has expired by the database's clock.
 *
 * <p>A holder that cannot renew the lease need not stop by its own clock: without the database it
 * can write nothing, and with it each of its writes is rejected once another process has the lease
 * ({@link Fence}). Until it notices, it sends bitcoind the same transactions as the new holder.
 */
public final class Lease implements AutoCloseable {

  /** Seconds for which each renewal is valid. */
  static final int VALID_SECONDS = 5;

  private static final String SELECT_EPOCH = "SELECT epoch FROM lease WHERE id = 1<lock>";

  private final HikariDataSource source;
  private final Jdbi jdbi;
  private final StorageHealth health;
  private final Fence fence;

  /** Epoch of the lease that this process holds, or held last. */
  private volatile long held;

  Lease(HikariDataSource source, Jdbi jdbi, StorageHealth health, Fence fence) {
    this.source = source;
    this.jdbi = jdbi;
    this.health = health;
    this.fence = fence;
  }

  /**
   * Problem of the bitcoind of the watching process.
   *
   * @param unusable whether an operator has to fix it
   * @param reason text for the operator
   */
  public record NodeProblem(boolean unusable, String reason) {}

  /**
   * State of the lease, for all processes.
   *
   * @param holder current or last holder; empty if there has been none
   * @param held whether the lease is still valid
   * @param nodeProblem problem of the holder's bitcoind
   */
  public record LeaseState(String holder, boolean held, Optional<NodeProblem> nodeProblem) {}

  /** Reads the state of the lease within the caller's transaction. */
  public static LeaseState read(Handle handle) {
    return handle
        .createQuery(
            "SELECT holder, expires > CURRENT_TIMESTAMP AS held, unfit, trouble FROM lease"
                + " WHERE id = 1")
        .map(
            (row, context) -> {
              String why = row.getString("trouble");
              return new LeaseState(
                  row.getString("holder"),
                  row.getBoolean("held"),
                  why.isEmpty()
                      ? Optional.empty()
                      : Optional.of(new NodeProblem(row.getBoolean("unfit"), why)));
            })
        .one();
  }

  /**
   * Takes the lease if it has expired or belongs to {@code holder}: an earlier process of the same
   * name, which has ended.
   *
   * @param holder name that no two running processes share; it is also shown to people
   * @return whether this process has the lease now
   * @throws StorageException if the database does not answer
   */
  public boolean take(String holder) {
    OptionalLong taken =
        inTransaction(
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
          fence.setEpoch(epoch);
        });
    return taken.isPresent();
  }

  /**
   * Renews the lease, even an expired one, unless another process has taken it. That is a fault of
   * the database: see {@link Database#onFault}.
   *
   * @param problem of this process's bitcoind
   * @throws StorageException if the database does not answer or the lease is lost
   */
  public void renew(Optional<NodeProblem> problem) {
    boolean renewed =
        inTransaction(
            handle ->
                handle.execute(
                        "UPDATE lease SET unfit = ?, trouble = ?, expires = "
                            + validUntil()
                            + " WHERE id = 1 AND epoch = ?",
                        problem.map(NodeProblem::unusable).orElse(false),
                        problem.map(NodeProblem::reason).orElse(""),
                        held)
                    == 1);
    if (!renewed) {
      throw health.translate("cannot renew the lease", lostException());
    }
  }

  /**
   * Releases the lease, so that another process can take it immediately. All writes of this process
   * must have ended.
   */
  public void release() {
    inTransaction(
        handle ->
            handle.execute(
                "UPDATE lease SET expires = CURRENT_TIMESTAMP WHERE id = 1 AND epoch = ?", held));
  }

  private static String validUntil() {
    return "CURRENT_TIMESTAMP + INTERVAL '" + VALID_SECONDS + " seconds'";
  }

  private <T> T inTransaction(Function<Handle, T> work) {
    try {
      return jdbi.inTransaction(work::apply);
    } catch (JdbiException e) {
      throw health.translate("cannot read or write the lease", e);
    }
  }

  static long epoch(Handle handle) {
    return handle.createQuery(SELECT_EPOCH).mapTo(Long.class).one();
  }

  static StorageException lostException() {
    return new StorageException(
        StorageFault.LEASE_LOST, "another teosd has taken over watching the chain", null);
  }

  @Override
  public void close() {
    source.close();
  }
}
