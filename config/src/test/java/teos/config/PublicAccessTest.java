package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.HostPort;

/** How users reach the tower. */
class PublicAccessTest {

  private static final String ONION =
      "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

  private final ConfigFixture fixture;

  PublicAccessTest(@TempDir Path folder) {
    fixture = new ConfigFixture(folder);
  }

  @Test
  void tlsFilesAreRelativeToTheDataFolder() throws ConfigException {
    fixture.toml("api_tls_certificate = \"cert.pem\"", "api_tls_key = \"/etc/key.pem\"");
    assertThat(fixture.load().publicAccess().tls())
        .contains(new Config.TlsFiles(fixture.inDataDir("cert.pem"), Path.of("/etc/key.pem")));
  }

  @Test
  void tlsCertificateAndKeyRequireEachOther() {
    fixture.flag("api_tls_certificate", "cert.pem");
    assertThat(fixture.loadError()).contains("--apitlscertificate", "needs api_tls_key too");
    fixture.flag("api_tls_certificate", "").flag("api_tls_key", "key.pem");
    assertThat(fixture.loadError()).contains("--apitlskey", "needs api_tls_certificate too");
  }

  @Test
  void proxiesAreCommaSeparated() throws ConfigException {
    fixture.flag("api_proxies", " 127.0.0.1,10.0.0.0/8 , ::1,");
    assertThat(fixture.load().publicAccess().proxies())
        .containsExactly("127.0.0.1", "10.0.0.0/8", "::1");
  }

  @ParameterizedTest
  @CsvSource({
    "tower.example, tower.example:9000, false",
    "192.0.2.1:443, 192.0.2.1:443, false",
    "2001:db8::1, [2001:db8::1]:9000, false",
    "[2001:db8::2]:1, [2001:db8::2]:1, false",
    "https://tower.example, tower.example:443, true",
    "https://tower.example:8443, tower.example:8443, true",
    "http://tower.example, tower.example:80, false",
    ONION + ", " + ONION + ":9000, false"
  })
  void publicAddress_withoutPort_hasThePortOfTheApiOrProxy(String text, String at, boolean tls)
      throws ConfigException {
    fixture.flag("api_port", "9000").flag("public_addresses", " x.example," + text + ",");
    assertThat(fixture.load().publicAccess().publicAddresses())
        .containsExactly(
            new Config.PublicAddress(HostPort.parse("x.example:9000"), false),
            new Config.PublicAddress(HostPort.parse(at), tls));
  }

  @Test
  void publicAddressesUseTlsIfTheApiDoes() throws ConfigException {
    fixture.flag("api_tls_certificate", "cert.pem").flag("api_tls_key", "key.pem");
    fixture.flag("public_addresses", "tower.example," + ONION + ",http://other.example");
    assertThat(fixture.load().publicAccess().publicAddresses())
        .extracting(Config.PublicAddress::tls)
        .containsExactly(true, false, false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0", "::", "127.0.0.1:9814", "[::1]:9814", "localhost", "tower.localhost", "10.0.0.5",
        "192.168.1.2", "100.64.0.1", "169.254.1.1", "224.0.0.1", "fe80::1", "fe80::1%lo", "fc00::1",
        "::ffff:10.0.0.1", "a.onion", "localhost.", "a.onion."
      })
  void rejectsPublicAddressThatIsNotReachableFromOutside(String address) {
    fixture.flag("public_addresses", "tower.example," + address);
    assertThat(fixture.loadError())
        .contains("public_addresses", address, "cannot be reached from outside");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://tower.example", "tower.example:0", "a..b", "1.2.3", "2130706433"})
  void rejectsMalformedPublicAddress(String address) {
    fixture.flag("public_addresses", address);
    assertThat(fixture.loadError()).contains("public_addresses", address);
  }

  @Test
  void rejectsTheSameOnionPortForApiAndLnd() {
    fixture.flag("tor_support", "true").flag("lnd_support", "true").flag("lnd_port", "9814");
    assertThat(fixture.loadError()).contains("lnd_port", "onion_hidden_service_port");
  }

  @Test
  void neverShowsTorsPassword() throws ConfigException {
    Config config = fixture.flag("tor_control_password", "hunter2").load();
    assertThat(config.tor().controlPassword()).isEqualTo("hunter2");
    assertThat(config.toString()).doesNotContain("hunter2");
    fixture.flag("tor_control_password", "hunter2\nhunter2");
    assertThat(fixture.loadError()).contains("tor_control_password").doesNotContain("hunter2");
  }
}
