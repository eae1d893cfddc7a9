package teos.teosd.process;

import java.util.Arrays;
import teos.migration.MigrationException;
import teos.tower.database.StorageException;

/** Exit codes of teosd, for scripts and service managers. */
public enum ExitCode {
  /** Stopped on request. */
  OK(0),
  /** An error without a specific code. */
  ERROR(1),
  /** Bad flags or a bad configuration file. */
  CONFIGURATION(2),
  /** bitcoind does not answer. */
  BITCOIND_UNAVAILABLE(10),
  /** bitcoind rejects the credentials, or the tower cannot read them. */
  BITCOIND_CREDENTIALS(11),
  /** bitcoind is on another network than the one that is configured. */
  BITCOIND_NETWORK(12),
  /** bitcoind has not caught up with its network yet. */
  BITCOIND_SYNCING(13),
  /** The chain has fewer blocks than the locator cache. */
  CHAIN_TOO_SHORT(14),
  /** bitcoind has pruned blocks that the tower has not processed. */
  BITCOIND_PRUNED(15),
  /** bitcoind is still starting. */
  BITCOIND_WARMING_UP(16),
  /** bitcoind is on the right network, but has none of the blocks that the tower has processed. */
  BITCOIND_CHAIN(17),
  /** bitcoind's RPC whitelist lacks a method that the tower needs. */
  BITCOIND_METHODS(18),
  /** The tower's key cannot be read or written. */
  KEY(20),
  /** The database cannot be opened. */
  DATABASE(21),
  /** The tower cannot listen on an address: in use or not available. */
  ADDRESS(22),
  /**
   * The certificates of the operator's RPC cannot be read or created, or those of the public API
   * cannot be used.
   */
  CERTIFICATES(23),
  /** The disk is full, read-only or failing. */
  STORAGE(24),
  /** The database is damaged, or has lost commits. */
  DATABASE_DAMAGED(25),
  /** The source of an import, a backup or a restore is missing, incomplete or not understood. */
  SOURCE(26),
  /** The target already exists. */
  TARGET(27),
  /** An import or a restore into the data folder is incomplete. */
  UNFINISHED(28),
  /** Another teosd has replaced this one as the leader. */
  LEASE_LOST(29),
  /** Killed by a second signal; or an import, a backup or a restore interrupted by the first. */
  KILLED(130);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** Returns the code for a failure of the database. */
  public static ExitCode of(StorageException e) {
    return switch (e.fault().orElse(null)) {
      case DISK_FULL, READ_ONLY, IO_ERROR -> STORAGE;
      case DAMAGED, COMMITS_LOST -> DATABASE_DAMAGED;
      case CANNOT_OPEN, NOT_A_DATABASE, NOT_DURABLE -> DATABASE;
      case LEASE_LOST -> LEASE_LOST;
      case null -> DATABASE;
    };
  }

  /** Returns the code for a failure of an import, a backup or a restore. */
  public static ExitCode of(MigrationException e) {
    return switch (e.kind()) {
      case SOURCE -> SOURCE;
      case TARGET -> TARGET;
      case CHAIN -> BITCOIND_CHAIN;
      case PRUNED -> BITCOIND_PRUNED;
      case INTERRUPTED -> KILLED;
    };
  }

  /** Returns the exit code with this number; {@link #ERROR} for an unknown number. */
  public static ExitCode of(int code) {
    return Arrays.stream(values()).filter(known -> known.code == code).findFirst().orElse(ERROR);
  }

  public int code() {
    return code;
  }
}
