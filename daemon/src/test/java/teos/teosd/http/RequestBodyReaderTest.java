package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestBodyReaderTest {

  private static byte[] body(int values) {
    String more = "{},".repeat(values - 1) + "{}";
    return ("{\"signature\":\"\",\"unknown\":[" + more + "]}").getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void unknownFields_areIgnored() throws Exception {
    assertThat(RequestBodyReader.parse(body(10), new ApiDialectV2()).size()).isEqualTo(2);
  }

  @Test
  void bodyWithTooManyValues_isRefusedBeforeItTakesMemory() {
    byte[] large = body(RequestBodyReader.MAX_BYTES / 3 - 20);
    assertThatThrownBy(() -> RequestBodyReader.parse(large, new ApiDialectV2()))
        .isInstanceOf(ApiException.class);
  }
}
