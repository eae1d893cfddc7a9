package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import teos.protocol.Blob.BlobException;

class BlobTest {

  @Property(tries = 100)
  void decrypt_withTheSameTxidAndDialect_returnsThePenalty(
      @ForAll byte[] penalty, @ForAll @Size(32) byte[] txid, @ForAll Dialect dialect)
      throws BlobException {
    Txid dispute = Txid.ofInternal(txid);
    byte[] blob = Blob.encrypt(penalty, dispute, dialect);
    assertThat(blob).hasSize(penalty.length + Blob.TAG_LENGTH);
    assertThat(Blob.decrypt(blob, dispute, dialect)).isEqualTo(penalty);
  }

  @Test
  void decrypt_withAnythingElse_throws() {
    byte[] bytes = new byte[32];
    bytes[0] = 1;
    Txid dispute = Txid.ofInternal(bytes);
    byte[] blob = Blob.encrypt(new byte[100], dispute, Dialect.V2);
    byte[] changed = blob.clone();
    changed[50] ^= 1;

    assertThatThrownBy(() -> Blob.decrypt(blob, dispute, Dialect.V1))
        .isInstanceOf(BlobException.class);
    assertThatThrownBy(() -> Blob.decrypt(blob, Txid.ofInternal(new byte[32]), Dialect.V2))
        .isInstanceOf(BlobException.class);
    assertThatThrownBy(() -> Blob.decrypt(changed, dispute, Dialect.V2))
        .isInstanceOf(BlobException.class);
    assertThatThrownBy(() -> Blob.decrypt(Arrays.copyOf(blob, 15), dispute, Dialect.V2))
        .isInstanceOf(BlobException.class);
    assertThatThrownBy(() -> Blob.decrypt(new byte[0], dispute, Dialect.V2))
        .isInstanceOf(BlobException.class);
  }
}
