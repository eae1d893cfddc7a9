package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class Zbase32Test {

  @Property
  void decode_encoded_returnsTheBytes(@ForAll byte[] bytes) {
    assertThat(Zbase32.decode(Zbase32.encode(bytes))).isEqualTo(bytes);
  }

  @Test
  void encode_allValues_isTheAlphabet() {
    // 0x00443214c74254b635cf84653a56d7c675be77df holds the values 0 to 31, five bits each.
    byte[] bytes = java.util.HexFormat.of().parseHex("00443214c74254b635cf84653a56d7c675be77df");
    assertThat(Zbase32.encode(bytes)).isEqualTo("ybndrfg8ejkmcpqxot1uwisza345h769");
  }

  @Test
  void decode_characterOutsideTheAlphabet_throws() {
    for (String text : new String[] {"v", "yy0y", "Y", "l", "ä", "2"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Zbase32.decode(text));
    }
  }

  @Test
  void decode_extraBits_throws() {
    assertThatIllegalArgumentException().isThrownBy(() -> Zbase32.decode("y9"));
  }
}
