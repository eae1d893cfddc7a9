package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.MessageSignature.InvalidSignatureException;

class MessageSignatureTest {

  private static final SecretKey KEY = SecretKey.generate(new SecureRandom());

  @Property(tries = 200)
  void recover_returnsTheSigner(@ForAll byte[] message) throws InvalidSignatureException {
    String signature = MessageSignature.sign(message, KEY);
    assertThat(signature).hasSize(MessageSignature.TEXT_LENGTH);
    assertThat(MessageSignature.recover(message, signature)).isEqualTo(KEY.publicKey());
  }

  @Test
  void recover_anotherMessage_returnsAnotherKey() throws InvalidSignatureException {
    String signature = MessageSignature.sign(new byte[] {1}, KEY);
    assertThat(MessageSignature.recover(new byte[] {2}, signature)).isNotEqualTo(KEY.publicKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "abc", "rbffptwj"})
  void recover_malformed_throws(String text) {
    assertThatThrownBy(() -> MessageSignature.recover(new byte[0], text))
        .isInstanceOf(InvalidSignatureException.class);
  }

  @Test
  void recover_signatureWithoutKey_throws() {
    byte[] zeroes = new byte[65];
    zeroes[0] = 31;
    assertThatThrownBy(() -> MessageSignature.recover(new byte[0], Zbase32.encode(zeroes)))
        .isInstanceOf(InvalidSignatureException.class)
        .hasMessageContaining("no key");
  }

  @Test
  void recover_unknownHeader_throws() {
    byte[] bytes = Zbase32.decode(MessageSignature.sign(new byte[0], KEY));
    for (byte header : new byte[] {0, 27, 30, 35, (byte) 255}) {
      bytes[0] = header;
      assertThatThrownBy(() -> MessageSignature.recover(new byte[0], Zbase32.encode(bytes)))
          .isInstanceOf(InvalidSignatureException.class);
    }
  }
}
