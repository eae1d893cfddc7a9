package teos.teosd.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Reads requests' JSON within limits on bytes and time. A body is collected as it arrives, which
 * takes little more memory than its bytes, and parsed when it is complete. Only a few large bodies
 * are in memory as JSON at a time. Each chunk of {@value #CHUNK_BYTES} bytes, or the rest of the
 * body, must arrive within {@link #CHUNK_TIMEOUT}.
 */
final class RequestBodyReader {

  /**
   * Largest body. A penalty of 100,000 vbytes, the most that nodes relay, has at most 400,000
   * bytes: 800,032 characters in hex with its tag.
   */
  static final int MAX_BYTES = 1 << 20;

  static final int CHUNK_BYTES = 16 * 1024;
  static final Duration CHUNK_TIMEOUT = Duration.ofSeconds(10);

  private static final int MAX_DEPTH = 16;

  /**
   * JSON tokens in a body. A request has less than thirty. Each costs up to a hundred bytes, so a
   * body of a million tokens would take dozens of MiB.
   */
  private static final int MAX_TOKENS = 1_000;

  private static final int INITIAL_BYTES = 2 * 1024;

  /** Bytes of all incomplete bodies. */
  private static final long MAX_INCOMPLETE_BYTES = 12 << 20;

  /** Bodies of more than a chunk that are processed at a time, about 4 MiB each. */
  private static final int MAX_LARGE_BODIES = 6;

  /** Bytes of complete bodies that wait to be processed. */
  private static final int MAX_WAITING_BYTES = 12 << 20;

  private static final Duration LARGE_BODY_TIMEOUT = Duration.ofSeconds(20);

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_BYTES)
                          .maxNumberLength(100)
                          .maxTokenCount(MAX_TOKENS)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final BodyBudget incomplete = new BodyBudget(MAX_INCOMPLETE_BYTES);
  private final Semaphore largeBodies = new Semaphore(MAX_LARGE_BODIES, true);
  private final Semaphore waitingBytes = new Semaphore(MAX_WAITING_BYTES);
  private final LongSupplier clock;

  /**
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  RequestBodyReader(LongSupplier clock) {
    this.clock = clock;
  }

  /** Handler of a request's JSON. */
  interface JsonHandler {
    ApiResponse handle(JsonNode json) throws ApiException;
  }

  /**
   * Reads the body of {@code exchange} and passes it to {@code handler}.
   *
   * @param dialect of the error for a body that cannot be read
   * @throws ApiException if the body is too large or not JSON
   * @throws IOException if the body arrived too slowly. The connection is closed without a
   *     response, because clients treat an error as final but retry after a broken connection
   */
  ApiResponse read(HttpExchange exchange, ApiDialect dialect, JsonHandler handler)
      throws ApiException, IOException {
    byte[] body = collect(exchange, dialect);
    exchange.recordProcessing();
    if (body.length <= CHUNK_BYTES) {
      return handler.handle(parse(body, dialect));
    }
    awaitLargeBodyTurn(body.length);
    try {
      return handler.handle(parse(body, dialect));
    } finally {
      largeBodies.release();
    }
  }

  private void awaitLargeBodyTurn(int bytes) throws ApiException {
    if (!waitingBytes.tryAcquire(bytes)) {
      throw busy();
    }
    try {
      if (!largeBodies.tryAcquire(LARGE_BODY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw busy();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiDialect.retryLater("The tower is stopping", LARGE_BODY_TIMEOUT.toSeconds());
    } finally {
      waitingBytes.release(bytes);
    }
  }

  private static ApiException busy() {
    return ApiDialect.retryLater(
        "The tower is busy with other large requests", LARGE_BODY_TIMEOUT.toSeconds());
  }

  private byte[] collect(HttpExchange exchange, ApiDialect dialect)
      throws ApiException, IOException {
    long announced = exchange.contentLength().orElse(0);
    if (announced > MAX_BYTES) {
      throw dialect.tooLarge(MAX_BYTES);
    }
    try (BodyBudget.Share share = incomplete.open(exchange::abort)) {
      PaceCheck pace = new PaceCheck();
      InputStream in = exchange.body();
      byte[] bytes = new byte[(int) Math.min(Math.max(announced, 1), INITIAL_BYTES)];
      share.grow(bytes.length);
      int length = 0;
      while (true) {
        int count = in.read(bytes, length, bytes.length - length);
        if (count < 0) {
          return Arrays.copyOf(bytes, length);
        }
        length += count;
        if (pace.received(count)) {
          exchange.recordClientProgress();
          share.grow(bytes.length);
        }
        if (length == announced) { // anything after it belongs to the next request
          return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        }
        if (length > MAX_BYTES) {
          throw dialect.tooLarge(MAX_BYTES);
        }
        if (length == bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.min(2 * length, MAX_BYTES + 1));
          share.grow(bytes.length);
        }
      }
    } catch (IOException e) {
      if (e instanceof TooSlowException || e.getCause() instanceof TimeoutException) {
        exchange.abort();
        throw e;
      }
      throw dialect.malformed("the body is incomplete");
    }
  }

  /** Parses a body of at most {@link #MAX_BYTES}. */
  static JsonNode parse(byte[] body, ApiDialect dialect) throws ApiException {
    try {
      JsonNode request = MAPPER.readTree(body);
      if (request == null || request.isMissingNode()) {
        throw dialect.malformed("the body is empty; expected JSON");
      }
      return request;
    } catch (StreamConstraintsException e) {
      throw dialect.malformed(
          "the JSON is nested too deeply, has too many values, or a number is too long");
    } catch (JsonProcessingException e) {
      throw dialect.malformed("the body is not well-formed JSON");
    } catch (IOException e) {
      throw dialect.malformed("the body cannot be read");
    }
  }

  private static final class TooSlowException extends IOException {
    private static final long serialVersionUID = 1L;

    TooSlowException() {
      super("the body arrives too slowly");
    }
  }

  /** Checks that a body arrives fast enough. */
  private final class PaceCheck {
    private long deadline = clock.getAsLong() + CHUNK_TIMEOUT.toNanos();
    private int chunkBytes;

    /** Counts arrived bytes; returns whether a chunk is complete. */
    boolean received(int count) throws IOException {
      long now = clock.getAsLong();
      if (now - deadline > 0) {
        throw new TooSlowException();
      }
      chunkBytes += count;
      if (chunkBytes < CHUNK_BYTES) {
        return false;
      }
      chunkBytes = 0;
      deadline = now + CHUNK_TIMEOUT.toNanos();
      return true;
    }
  }
}
