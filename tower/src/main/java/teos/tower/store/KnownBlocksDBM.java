package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import teos.bitcoin.BlockId;

/**
 * Table of the last blocks that the whole tower has processed. Each method is part of its caller's
 * transaction.
 */
public final class KnownBlocksDBM {

  /** Blocks that are kept, down from the last one: a week of them. */
  public static final int MAX_BLOCKS = 1_008;

  /** Returns the last block that the whole tower has processed. */
  public Optional<BlockId> last(Handle handle) {
    return handle
        .createQuery("SELECT hash, height FROM known_blocks ORDER BY height DESC LIMIT 1")
        .map(KnownBlocksDBM::block)
        .findOne();
  }

  /**
   * Returns the last blocks of the best chain that the whole tower has processed, the lowest first.
   */
  public List<BlockId> all(Handle handle) {
    return handle
        .createQuery("SELECT hash, height FROM known_blocks ORDER BY height")
        .map(KnownBlocksDBM::block)
        .list();
  }

  /**
   * Stores that the whole tower has processed {@code blocks}, each the parent of the next and the
   * last one the tip. Stored blocks at their heights or above have left the chain and are deleted,
   * as are those more than {@link #MAX_BLOCKS} below the tip.
   */
  public void store(Handle handle, List<BlockId> blocks) {
    handle.execute("DELETE FROM known_blocks WHERE height >= ?", blocks.getFirst().height());
    try (PreparedBatch batch =
        handle.prepareBatch("INSERT INTO known_blocks (height, hash) VALUES (?, ?)")) {
      for (BlockId block : blocks) {
        batch.bind(0, block.height()).bind(1, block.hash()).add();
      }
      batch.execute();
    }
    handle.execute(
        "DELETE FROM known_blocks WHERE height <= ?", blocks.getLast().height() - MAX_BLOCKS);
  }

  /**
   * Returns whether the whole tower has processed {@code block}. Blocks below those that are stored
   * count as processed: no reorg that the tower can follow reaches them.
   */
  public boolean hasProcessed(Handle handle, BlockId block) {
    return handle
        .createQuery("SELECT hash FROM known_blocks WHERE height = ?<lock>")
        .bind(0, block.height())
        .mapTo(String.class)
        .findOne()
        .map(block.hash()::equals)
        .orElseGet(() -> block.height() < lowestKnown(handle));
  }

  private static int lowestKnown(Handle handle) {
    return handle
        .createQuery("SELECT COALESCE(MIN(height), 0) FROM known_blocks")
        .mapTo(Integer.class)
        .one();
  }

  private static BlockId block(ResultSet row, StatementContext context) throws SQLException {
    return new BlockId(row.getString("hash"), row.getInt("height"));
  }
}
