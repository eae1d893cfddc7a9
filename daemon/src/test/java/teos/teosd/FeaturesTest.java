package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Dialect;
import teos.protocol.Txid;
import teos.teosd.api.InternalApi;
import teos.testkit.Bitcoind;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** The field with which clients learn what the tower supports. */
@Tag("bitcoind")
class FeaturesTest {

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void registrationAndSubscription_listBundles(Dialect dialect) throws Exception {
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      TowerUser user = tower.registered(dialect);
      assertHasBundles(user.register().json());
      assertHasBundles(user.subscription().json());

      // A long list of locators is sent while it is read.
      for (int i = 0; i <= InternalApi.LOCATORS_PER_PAGE; i++) {
        Txid dispute = Txid.fromDisplayHex("%016x".formatted(i).repeat(4));
        assertThat(user.send(user.appointment(dispute, new byte[100])).status()).isEqualTo(200);
      }
      JsonNode subscription = user.subscription().json();
      assertThat(subscription.path("locators").size()).isGreaterThan(InternalApi.LOCATORS_PER_PAGE);
      assertHasBundles(subscription);
    }
  }

  private static void assertHasBundles(JsonNode response) {
    assertThat(response.path("features").toString()).isEqualTo("[\"bundles\"]");
  }
}
