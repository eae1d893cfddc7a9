package teos.tower.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import teos.bitcoin.BlockId;
import teos.tower.database.Database;

/** Blocks that the tower has processed, on either database. */
class KnownBlocksDBMTest {

  private final KnownBlocksDBM knownBlocks = new KnownBlocksDBM();

  @OpenDatabase private Database database;

  @Test
  void store_keepsTheLastBlocksAndDropsThoseOfAReorg() {
    List<BlockId> chain =
        IntStream.range(0, 1_100).mapToObj(height -> new BlockId("a" + height, height)).toList();
    store(chain.subList(0, 1_000));
    store(chain.subList(1_000, 1_100));
    assertThat(database.<List<BlockId>>read(knownBlocks::all))
        .isEqualTo(chain.subList(1_100 - KnownBlocksDBM.MAX_BLOCKS, 1_100));
    // A reorg of three blocks.
    store(List.of(chain.get(1_096)));
    BlockId other = new BlockId("b1097", 1_097);
    store(List.of(other));
    assertThat(database.<Optional<BlockId>>read(knownBlocks::last)).contains(other);
    assertThat(database.<List<BlockId>>read(knownBlocks::all))
        .containsSubsequence(chain.get(1_095), chain.get(1_096), other)
        .doesNotContain(chain.get(1_097));
  }

  private void store(List<BlockId> blocks) {
    database.execute(
        handle -> {
          knownBlocks.store(handle, blocks);
        });
  }
}
