package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How users come to the tower. */
class ReachTest {

  @TempDir Path folder;
  private ConfigFixture fixture;

  @BeforeEach
  void setUp() {
    fixture = new ConfigFixture(folder);
  }

  @Test
  void filesForTlsStartInTheDataFolder() throws ConfigException {
    fixture.toml("api_tls_certificate = \"cert.pem\"", "api_tls_key = \"/etc/key.pem\"");
    assertThat(fixture.load().reach().tls())
        .contains(new Config.TlsFiles(fixture.inDataDir("cert.pem"), Path.of("/etc/key.pem")));
  }

  @Test
  void oneFileForTlsNeedsTheOther() {
    fixture.flag("api_tls_certificate", "cert.pem");
    assertThat(fixture.refusal()).contains("--apitlscertificate", "needs api_tls_key too");
    fixture.flag("api_tls_certificate", "").flag("api_tls_key", "key.pem");
    assertThat(fixture.refusal()).contains("--apitlskey", "needs api_tls_certificate too");
  }

  @Test
  void proxiesHaveCommasBetween() throws ConfigException {
    fixture.flag("api_proxies", " 127.0.0.1,10.0.0.0/8 , ::1,");
    assertThat(fixture.load().reach().proxies()).containsExactly("127.0.0.1", "10.0.0.0/8", "::1");
  }

  @Test
  void torsPasswordIsNotShown() throws ConfigException {
    Config config = fixture.flag("tor_control_password", "hunter2").load();
    assertThat(config.tor().controlPassword()).isEqualTo("hunter2");
    assertThat(config.toString()).doesNotContain("hunter2");
    fixture.flag("tor_control_password", "hunter2\nhunter2");
    assertThat(fixture.refusal()).contains("tor_control_password").doesNotContain("hunter2");
  }
}
