package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import fr.acinq.bitcoin.Crypto;
import java.security.SecureRandom;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RecoverableSignerTest {

  private static final SecureRandom RANDOM = new SecureRandom();

  @Property(tries = 1_000)
  void sign_returnsTheSameAsSearchingTheRecoveryId(@ForAll byte[] message) {
    byte[] digest = Crypto.sha256(message);
    SecretKey key = SecretKey.generate(RANDOM);
    RecoverableSigner.RecoverableSignature expected = MessageSignature.signBySearch(digest, key);
    RecoverableSigner.get()
        .map(signer -> signer.sign(digest, key))
        .ifPresent(
            signed -> {
              assertThat(signed.rs()).isEqualTo(expected.rs());
              assertThat(signed.recoveryId()).isEqualTo(expected.recoveryId());
            });
  }

  @Test
  void isAvailableOnLinux() {
    boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
    assertThat(RecoverableSigner.get().isPresent() || !linux).isTrue();
  }
}
