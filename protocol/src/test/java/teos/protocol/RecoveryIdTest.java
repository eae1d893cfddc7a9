package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import fr.acinq.bitcoin.Crypto;
import fr.acinq.secp256k1.Secp256k1;
import java.security.SecureRandom;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RecoveryIdTest {

  private static final SecureRandom RANDOM = new SecureRandom();

  @Property(tries = 1_000)
  void isTheOneThatRecoveringFinds(@ForAll byte[] message) {
    byte[] digest = Crypto.sha256(message);
    SecretKey key = SecretKey.generate(RANDOM);
    byte[] rs = Secp256k1.get().sign(digest, key.raw());
    assertThat(RecoveryId.find(digest, rs, key.raw()))
        .hasValue(MessageSignature.searchRecoveryId(digest, rs, key.publicKey()));
  }

  @Test
  void isNotGuessedForASignatureWithAnotherNonce() {
    SecretKey key = SecretKey.generate(RANDOM);
    byte[] digest = new byte[32];
    RANDOM.nextBytes(digest);
    byte[] rs = Secp256k1.get().sign(digest, key.raw());
    byte[] other = digest.clone();
    other[0]++;
    assertThat(RecoveryId.find(other, rs, key.raw())).isEmpty();
    byte[] wrong = Arrays.copyOf(rs, rs.length);
    wrong[63] ^= 1;
    assertThat(RecoveryId.find(digest, wrong, key.raw())).isEmpty();
  }
}
