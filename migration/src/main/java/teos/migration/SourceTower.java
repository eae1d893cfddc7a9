package teos.migration;

import java.util.List;
import teos.bitcoin.BitcoindException;
import teos.protocol.SecretKey;

/** Copy of another tower's data. It does not change and can be read more than once. */
public interface SourceTower extends AutoCloseable {

  /** Receives the records of the tower. */
  @FunctionalInterface
  interface Sink {
    void accept(SourceRecord read) throws MigrationException, BitcoindException;
  }

  /**
   * Returns the tower's key.
   *
   * @throws MigrationException if it is missing or cannot be read
   */
  SecretKey key() throws MigrationException;

  /**
   * Returns the hashes (display order) of the last blocks that the tower's components have
   * processed; empty if the tower has stored none.
   *
   * @throws MigrationException if a hash is invalid
   */
  List<String> lastBlocks() throws MigrationException;

  /**
   * Passes all records to {@code sink}, always in the same order.
   *
   * @throws MigrationException if the data cannot be read, or from the sink
   * @throws BitcoindException from the sink
   */
  void read(Sink sink) throws MigrationException, BitcoindException;

  @Override
  void close();
}
