package teos.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyReaderTest {

  private static final String SIZED =
      "HTTP/1.1 200 OK\r\nDate: now\r\ncontent-LENGTH: 7\r\n\r\n{\"a\":1}";
  private static final String CHUNKED =
      """
      HTTP/1.1 400 Bad Request
      Transfer-Encoding: chunked

      3
      {"a
      4;ext=1
      ":1}
      0
      Trailer: x

      """
          .replace("\n", "\r\n");
  private static final String TO_THE_END = "HTTP/1.1 503 Away\r\n\r\nthe tower is away";

  private final ReplyReader reader = new ReplyReader();

  /** Returns a stream that hands out at most {@code atOnce} bytes at a time, as a network may. */
  private static InputStream in(String text, int atOnce) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)) {
      @Override
      public synchronized int read(byte[] buffer, int offset, int length) {
        return super.read(buffer, offset, Math.min(length, atOnce));
      }
    };
  }

  private String body() {
    return new String(reader.body(), StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 64, 1000})
  void readsABodyOfKnownLength(int atOnce) throws IOException {
    reader.read(in(SIZED, atOnce));
    assertThat(reader.status()).isEqualTo(200);
    assertThat(body()).isEqualTo("{\"a\":1}");
    assertThat(reader.hasBody("{\"a\":1}".getBytes(StandardCharsets.US_ASCII))).isTrue();
    assertThat(reader.hasBody("{\"a\":2}".getBytes(StandardCharsets.US_ASCII))).isFalse();
    assertThat(reader.keepAlive()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 64, 1000})
  void readsChunks(int atOnce) throws IOException {
    reader.read(in(CHUNKED, atOnce));
    assertThat(reader.status()).isEqualTo(400);
    assertThat(body()).isEqualTo("{\"a\":1}");
    assertThat(reader.keepAlive()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void readsToTheEndIfNoHeaderGivesTheLength(int atOnce) throws IOException {
    reader.read(in(TO_THE_END, atOnce));
    assertThat(reader.status()).isEqualTo(503);
    assertThat(body()).isEqualTo("the tower is away");
    assertThat(reader.keepAlive()).isFalse();
  }

  @Test
  void keepAlive_followsVersionAndConnectionHeader() throws IOException {
    reader.read(in("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 99));
    assertThat(reader.keepAlive()).isFalse();
    reader.read(in("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 99));
    assertThat(reader.keepAlive()).isFalse();
    reader.read(in("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", 99));
    assertThat(reader.keepAlive()).isTrue();
    reader.read(in("HTTP/1.1 204 No Content\r\n\r\n", 99));
    assertThat(reader.keepAlive()).isTrue();
    assertThat(body()).isEmpty();
  }

  @Test
  void readsABodyLargerThanTheBuffer() throws IOException {
    String large = "x".repeat(100_000);
    reader.read(in("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + large, 4096));
    assertThat(body()).isEqualTo(large);
  }

  @Test
  void distinguishesAClosedConnectionFromATruncatedResponse() {
    assertThatThrownBy(() -> reader.read(in("", 9)))
        .isInstanceOf(ReplyReader.NoResponseException.class);
    for (int length = 1; length < SIZED.length(); length++) {
      String part = SIZED.substring(0, length);
      assertThatThrownBy(() -> reader.read(in(part, 9)))
          .hasMessageContaining("closed within a response");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"
      })
  void read_invalidHttp_throws(String text) {
    assertThatThrownBy(() -> reader.read(in(text, 99)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not");
  }
}
