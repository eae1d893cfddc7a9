package teos.teosd.process;

import java.util.Arrays;
import teos.migration.MigrationException;
import teos.tower.database.StorageException;

/** How teosd ends, for scripts and service managers. */
public enum ExitCode {
  /** Stopped as it was told to. */
  OK(0),
  /** An error that has no code of its own. */
  ERROR(1),
  /** Bad flags or a bad configuration file. */
  CONFIGURATION(2),
  /** bitcoind does not answer. */
  BITCOIND_AWAY(10),
  /** bitcoind does not accept the credentials, or they cannot be read. */
  BITCOIND_CREDENTIALS(11),
  /** bitcoind is on another network than the tower is meant for. */
  BITCOIND_NETWORK(12),
  /** bitcoind has not caught up with its network yet. */
  BITCOIND_SYNCING(13),
  /** The chain has fewer blocks than the tower looks back. */
  CHAIN_TOO_SHORT(14),
  /** bitcoind has pruned blocks that the tower has not seen. */
  BITCOIND_PRUNED(15),
  /** bitcoind is still starting. */
  BITCOIND_WARMING_UP(16),
  /** bitcoind is on the right network, and has none of the blocks that the tower has seen. */
  BITCOIND_CHAIN(17),
  /** bitcoind does not allow the tower to call a method that it needs. */
  BITCOIND_METHODS(18),
  /** The tower's key cannot be read or written. */
  KEY(20),
  /** The database cannot be opened. */
  DATABASE(21),
  /** An address is taken or cannot be listened at. */
  ADDRESS(22),
  /** The certificates of the operator's RPC cannot be read or made, or the public API's used. */
  CERTIFICATES(23),
  /** The disk does not take what the tower has to keep: it is full, read-only, or fails. */
  STORAGE(24),
  /** The database is damaged, or commits have been lost from it. */
  DATABASE_DAMAGED(25),
  /** What is to be imported or restored is not there, not whole or not understood. */
  SOURCE(26),
  /** Where something is to be put, there is something else. */
  TARGET(27),
  /** An import or a restore has begun in the data folder, and has not come to its end. */
  UNFINISHED(28),
  /** Another teosd watches the chain in the place of this one. */
  LEASE_LOST(29),
  /** A second signal ended it at once, or a first one an import, a backup or a restore. */
  KILLED(130);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** The code for a database that does not do what was asked. */
  public static ExitCode of(StorageException e) {
    return switch (e.fault().orElse(null)) {
      case DISK_FULL, READ_ONLY, IO_ERROR -> STORAGE;
      case DAMAGED, COMMITS_LOST -> DATABASE_DAMAGED;
      case CANNOT_OPEN, NOT_A_DATABASE, NOT_DURABLE -> DATABASE;
      case LEASE_LOST -> LEASE_LOST;
      case null -> DATABASE;
    };
  }

  /** The code for what could not be moved. */
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
