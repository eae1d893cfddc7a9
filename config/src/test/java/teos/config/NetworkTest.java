package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkTest {

  /** Merkle root of all genesis blocks except testnet4's, in the byte order that is hashed. */
  private static final String MERKLE_ROOT =
      "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a";

  private static final String TESTNET4_MERKLE_ROOT =
      "4e7b2b9128fe0291db0693af2ae418b767e657cd407e80cb1434221eaea7a07a";

  @ParameterizedTest
  @CsvSource({
    "MAINNET, 1231006505, 1d00ffff, 2083236893",
    "TESTNET, 1296688602, 1d00ffff, 414098458",
    "TESTNET4, 1714777860, 1d00ffff, 393743547",
    "SIGNET, 1598918400, 1e0377ae, 52613770",
    "REGTEST, 1296688602, 207fffff, 2"
  })
  void genesisHashIsThatOfTheHeader(Network network, int time, String bits, long nonce)
      throws NoSuchAlgorithmException {
    String merkleRoot = network == Network.TESTNET4 ? TESTNET4_MERKLE_ROOT : MERKLE_ROOT;
    byte[] header =
        ByteBuffer.allocate(80)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(1)
            .put(new byte[32])
            .put(HexFormat.of().parseHex(merkleRoot))
            .putInt(time)
            .putInt(HexFormat.fromHexDigits(bits))
            .putInt((int) nonce)
            .array();
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    byte[] hash = sha256.digest(sha256.digest(header));
    StringBuilder display = new StringBuilder();
    for (int i = hash.length - 1; i >= 0; i--) {
      display.append(HexFormat.of().toHexDigits(hash[i]));
    }
    assertThat(network.genesisHash()).isEqualTo(display.toString());
  }

  @Test
  void named_findsEveryName() {
    for (Network network : Network.values()) {
      assertThat(Network.named(network.configName())).contains(network);
      assertThat(Network.named(network.bitcoindName())).contains(network);
    }
    assertThat(Network.named("bitcoin")).isEmpty();
  }

  @Test
  void knowsBitcoindsNamesAndFolders() {
    Path home = Path.of("/home/satoshi");
    assertThat(Network.TESTNET.bitcoindName()).isEqualTo("test");
    assertThat(Network.TESTNET.standardCookie(home))
        .hasToString("/home/satoshi/.bitcoin/testnet3/.cookie");
    assertThat(Network.MAINNET.standardCookie(home)).hasToString("/home/satoshi/.bitcoin/.cookie");
    assertThat(Network.MAINNET.dataDir(home)).isEqualTo(home);
  }
}
