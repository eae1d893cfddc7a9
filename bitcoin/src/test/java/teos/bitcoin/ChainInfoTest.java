package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChainInfoTest {

  /** bitcoind counts a chain whose last block is a day old as an initial download. */
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
  void isSyncing(
      String chain, int headers, boolean initialDownload, boolean syncing, boolean perhaps) {
    ChainInfo info = new ChainInfo(chain, new BlockId("hash", 8), headers, initialDownload, 0);
    assertThat(info.isSyncing()).isEqualTo(syncing);
    assertThat(info.isPerhapsSyncing()).isEqualTo(perhaps);
  }
}
