package teos.teosd.signing;

import static org.assertj.core.api.Assertions.assertThat;

import fr.acinq.bitcoin.Crypto;
import java.security.SecureRandom;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import teos.protocol.RecoverableSignature;
import teos.protocol.SecretKey;
import teos.protocol.Signer;

class NativeSignerTest {

  private static final SecureRandom RANDOM = new SecureRandom();

  @Property(tries = 1_000)
  void sign_returnsTheSameAsSearchingTheRecoveryId(@ForAll byte[] message) {
    byte[] digest = Crypto.sha256(message);
    SecretKey key = SecretKey.generate(RANDOM);
    Signer signer = NativeSigner.of(key);
    RecoverableSignature signed = signer.sign(digest);
    assertThat(signer.publicKey()).isEqualTo(key.publicKey());
    assertThat(signed.rs()).isEqualTo(key.sign(digest).rs());
    assertThat(signed.recoveryId()).isEqualTo(key.sign(digest).recoveryId());
  }

  @Test
  void isAvailableOnLinux() {
    boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
    Signer signer = NativeSigner.of(SecretKey.generate(RANDOM));
    assertThat(signer instanceof NativeSigner || !linux).isTrue();
  }
}
