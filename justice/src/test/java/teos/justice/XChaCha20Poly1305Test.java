package teos.justice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class XChaCha20Poly1305Test {

  @Property(tries = 200)
  void decrypt_encrypted_returnsThePlaintext(
      @ForAll @Size(32) byte[] key,
      @ForAll @Size(24) byte[] nonce,
      @ForAll @Size(max = 400) byte[] plaintext)
      throws JusticeException {
    byte[] blob = XChaCha20Poly1305.encrypt(key, nonce, plaintext);
    assertThat(blob).hasSize(XChaCha20Poly1305.OVERHEAD + plaintext.length).startsWith(nonce);
    assertThat(XChaCha20Poly1305.decrypt(key, blob)).isEqualTo(plaintext);
  }

  /** Includes the last eight bytes of the nonce, which are no input of HChaCha20. */
  @Property(tries = 100)
  void decrypt_corruptedBlobOrKey_throws(
      @ForAll @Size(32) byte[] key,
      @ForAll @Size(24) byte[] nonce,
      @ForAll @Size(value = 8) byte[] plaintext) {
    byte[] blob = XChaCha20Poly1305.encrypt(key, nonce, plaintext);
    for (int at = 0; at < blob.length; at++) {
      assertRejected(key, flipped(blob, at));
    }
    for (int at = 0; at < key.length; at++) {
      assertRejected(flipped(key, at), blob);
    }
    assertRejected(key, Arrays.copyOf(blob, blob.length - 1));
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] other = bytes.clone();
    other[at] ^= 1;
    return other;
  }

  private static void assertRejected(byte[] key, byte[] blob) {
    assertThatThrownBy(() -> XChaCha20Poly1305.decrypt(key, blob))
        .isInstanceOf(JusticeException.class)
        .hasMessageContaining("not encrypted under this commitment");
  }
}
