package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChainInfoTest {

  /** bitcoind reports an initial download if its last block is more than a day old. */
  @ParameterizedTest
  @CsvSource({
    "main, 8, true, true, false",
    "main, 8, false, false, false",
    "main, 15, false, true, false",
    "signet, 8, true, false, true",
    "signet, 14, true, false, true",
    "signet, 15, true, true, false",
    "testnet4, 8, true, false, true",
    "regtest, 8, true, false, true",
    "regtest, 15, false, true, false"
  })
  void isSyncing_andMayBeSyncing(
      String chain, int headers, boolean initialDownload, boolean syncing, boolean mayBeSyncing) {
    ChainInfo info = new ChainInfo(chain, new BlockId("hash", 8), headers, initialDownload, 0);
    assertThat(info.isSyncing()).isEqualTo(syncing);
    assertThat(info.mayBeSyncing()).isEqualTo(mayBeSyncing);
  }
}
