package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.PublicKey;

/** The keys in {@code registration_keys} and {@code lnd_clients}. */
class PublicKeySettingsTest {

  private static final String KEY =
      "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  private static final String OTHER_KEY =
      "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

  private final ConfigFixture fixture;

  PublicKeySettingsTest(@TempDir Path folder) {
    fixture = new ConfigFixture(folder);
  }

  @Test
  void keysAreCommaSeparated() throws ConfigException {
    fixture.flag("registration", "list").flag("registration_keys", KEY + " , " + OTHER_KEY + ",");
    fixture.flag("lnd_support", "true").flag("lnd_clients", OTHER_KEY);
    Config config = fixture.load();
    assertThat(config.registration().keys())
        .containsExactlyInAnyOrder(PublicKey.fromHex(KEY), PublicKey.fromHex(OTHER_KEY));
    assertThat(config.lnd().clients()).containsExactly(PublicKey.fromHex(OTHER_KEY));
  }

  @Test
  void rejectsInvalidRegistrationKey() {
    fixture.toml("registration = \"list\"", "registration_keys = \"" + KEY + ",02ab\"");
    assertThat(fixture.loadError())
        .contains("registration_keys (", "teos.toml, line 2", "\"02ab\" is not a key; expected");
  }

  @Test
  void rejectsRegistrationKeysThatHaveNoEffect() {
    fixture.flag("registration_keys", KEY);
    assertThat(fixture.loadError())
        .contains("registration_keys (", "registration is open; expected registration = list");
  }

  @Test
  void rejectsInvalidLndClient() {
    fixture.flag("lnd_support", "true").flag("lnd_clients", "02ab");
    assertThat(fixture.loadError()).contains("lnd_clients (", "\"02ab\" is not a key; expected");
  }

  @Test
  void ignoresLndClientsWithoutLndSupport() throws ConfigException {
    assertThat(fixture.flag("lnd_clients", "02ab").load().lnd().clients()).isEmpty();
  }
}
