package teos.teosd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.PublicKey;
import teos.rpc.tls.CertificateFolder;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ServerTls;
import teos.teosd.TeosDaemon;

/** Tests which addresses are announced to users. */
class PublicEndpointsTest {

  private static final String ONION =
      "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

  private static final PublicKey TOWER =
      PublicKey.fromHex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");

  @TempDir Path folder;

  /** Returns {@code CLIENT ADDRESS} for each public address of a tower with these settings. */
  private List<String> addresses(Map<String, String> overrides) throws Exception {
    Map<String, String> settings = new HashMap<>(overrides);
    settings.put("btc_rpc_user", "nobody");
    settings.put("btc_rpc_password", "nothing");
    try (PublicEndpoints endpoints = PublicEndpoints.of(TeosDaemon.getConfig(settings, folder))) {
      return endpoints.addresses().stream()
          .map(address -> address.client() + " " + address.uri(TOWER).replace(TOWER + "@", ""))
          .toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "0.0.0.0",
        "::",
        "::1",
        "10.0.0.1",
        "192.168.1.2",
        "172.16.0.1",
        "100.64.0.1",
        "169.254.0.1",
        "fe80::1",
        "fd00::1"
      })
  void unroutableBindAddress_isNotPublic(String bind) throws Exception {
    assertThat(addresses(Map.of("api_bind", bind, "lnd_support", "true", "lnd_bind", bind)))
        .isEmpty();
  }

  @Test
  void routableBindAddress_isPublic() throws Exception {
    assertThat(
            addresses(Map.of("api_bind", "8.8.8.8", "lnd_support", "true", "lnd_bind", "2600::1")))
        .containsExactly("TEOS 8.8.8.8:9814", "LND [2600::1]:9911");
  }

  @Test
  void publicAddressesSetting_takesPrecedence() throws Exception {
    assertThat(
            addresses(
                Map.of(
                    "api_bind",
                    "8.8.8.8",
                    "lnd_support",
                    "true",
                    "lnd_bind",
                    "0.0.0.0",
                    "public_addresses",
                    "tower.example:443,2600::1,2600::1")))
        .containsExactly(
            "TEOS tower.example:443",
            "TEOS [2600::1]:9814",
            "LND tower.example:9911",
            "LND [2600::1]:9911");
  }

  @Test
  void clearnetAddressesUseHttps_whenTlsIsConfigured() throws Exception {
    ServerTls.start(new CertificateFolder(new CertificatePaths(folder)), InstantSource.system())
        .close();
    assertThat(
            addresses(
                Map.of(
                    "api_tls_certificate",
                    folder.resolve("server.pem").toString(),
                    "api_tls_key",
                    folder.resolve("server-key.pem").toString(),
                    "lnd_support",
                    "true",
                    "public_addresses",
                    "tower.example," + ONION)))
        .containsExactly(
            "TEOS https://tower.example:9814",
            "TEOS " + ONION + ":9814",
            "LND " + ONION + ":9911"); // lnd_bind is 127.0.0.1, which only Tor can reach
  }
}
