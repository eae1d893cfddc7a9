package teos.migration;

import java.util.List;
import teos.bitcoin.BitcoindException;
import teos.protocol.SecretKey;

/** A copy of what another tower keeps. It can be read more than once, and does not change. */
public interface SourceTower extends AutoCloseable {

  /** Takes what is read. */
  @FunctionalInterface
  interface Sink {
    void accept(SourceRecord read) throws MigrationException, BitcoindException;
  }

  /**
   * The tower's key.
   *
   * @throws MigrationException if there is none, or it cannot be read
   */
  SecretKey key() throws MigrationException;

  /**
   * Hashes (display order) of the last blocks that the tower's parts have dealt with; none if it
   * had noted none.
   *
   * @throws MigrationException if they are not understood
   */
  List<String> lastBlocks() throws MigrationException;

  /**
   * Shows {@code sink} all that there is, always in the same order.
   *
   * @throws MigrationException if it cannot be read, or the sink's
   * @throws BitcoindException the sink's
   */
  void read(Sink sink) throws MigrationException, BitcoindException;

  @Override
  void close();
}
