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
 * Reads requests' JSON within limits of bytes and time. A body is collected as its bytes come,
 * which costs little more than these, and parsed when it is whole; large ones are in memory as JSON
 * only so many at a time. Each {@value #PIECE_BYTES} bytes of a body, or what is left of it, have
 * to arrive within {@link #PIECE_TIMEOUT}.
 */
final class RequestBodyReader {

  /**
   * The most bytes of a body. A penalty of 100,000 vbytes, the most that nodes relay, is at most
   * 400,000 bytes: with its tag and as hex 800,032 characters.
   */
  static final int MAX_BYTES = 1 << 20;

  static final int PIECE_BYTES = 16 * 1024;
  static final Duration PIECE_TIMEOUT = Duration.ofSeconds(10);

  private static final int MAX_DEPTH = 16;

  /**
   * Tokens of JSON. A request has less than thirty; each costs up to a hundred bytes, so that a
   * body of a million would be dozens of MiB.
   */
  private static final int MAX_TOKENS = 1_000;

  private static final int FIRST_BYTES = 2 * 1024;

  /** Bytes of all bodies that have not arrived whole. */
  private static final long MAX_UNFINISHED_BYTES = 12 << 20;

  /** Bodies of more than a piece that are worked on at a time, some 4 MiB each. */
  private static final int MAX_LARGE = 6;

  /** Bytes of bodies that have arrived, and wait to be worked on. */
  private static final int MAX_WAITING_BYTES = 12 << 20;

  private static final Duration LARGE_TIMEOUT = Duration.ofSeconds(20);

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

  private final BodyBudget unfinished = new BodyBudget(MAX_UNFINISHED_BYTES);
  private final Semaphore large = new Semaphore(MAX_LARGE, true);
  private final Semaphore waitingBytes = new Semaphore(MAX_WAITING_BYTES);
  private final LongSupplier clock;

  /**
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  RequestBodyReader(LongSupplier clock) {
    this.clock = clock;
  }

  /** What is done with the JSON of a request. */
  interface JsonHandler {
    ApiResponse of(JsonNode json) throws ApiException;
  }

  /**
   * Reads the body of {@code exchange}, and has {@code use} answer it.
   *
   * @param dialect how to answer one that cannot be read
   * @throws ApiException if it is too large, or no JSON
   * @throws IOException if it came too slowly; the connection is closed: clients take an answer for
   *     the last word, and send again after a broken connection
   */
  ApiResponse read(HttpExchange exchange, ApiDialect dialect, JsonHandler use)
      throws ApiException, IOException {
    byte[] body = collect(exchange, dialect);
    exchange.towerWorks();
    if (body.length <= PIECE_BYTES) {
      return use.of(parse(body, dialect));
    }
    awaitTurn(body.length);
    try {
      return use.of(parse(body, dialect));
    } finally {
      large.release();
    }
  }

  private void awaitTurn(int bytes) throws ApiException {
    if (!waitingBytes.tryAcquire(bytes)) {
      throw busy();
    }
    try {
      if (!large.tryAcquire(LARGE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw busy();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiDialect.retryLater("The tower is stopping", LARGE_TIMEOUT.toSeconds());
    } finally {
      waitingBytes.release(bytes);
    }
  }

  private static ApiException busy() {
    return ApiDialect.retryLater(
        "The tower is busy with other large requests", LARGE_TIMEOUT.toSeconds());
  }

  private byte[] collect(HttpExchange exchange, ApiDialect dialect)
      throws ApiException, IOException {
    long announced = exchange.contentLength().orElse(0);
    if (announced > MAX_BYTES) {
      throw dialect.tooLarge(MAX_BYTES);
    }
    try (BodyBudget.Share share = unfinished.open(exchange::abort)) {
      Pace pace = new Pace();
      InputStream in = exchange.body();
      byte[] bytes = new byte[(int) Math.min(Math.max(announced, 1), FIRST_BYTES)];
      share.grow(bytes.length);
      int length = 0;
      while (true) {
        int count = in.read(bytes, length, bytes.length - length);
        if (count < 0) {
          return Arrays.copyOf(bytes, length);
        }
        length += count;
        if (pace.received(count)) {
          exchange.clientHasGotOn();
          share.grow(bytes.length);
        }
        if (length == announced) { // the usual end; what follows is another request's
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
      throw dialect.malformed("the body did not arrive whole");
    }
  }

  /** The JSON of a body of no more than {@link #MAX_BYTES}. */
  static JsonNode parse(byte[] body, ApiDialect dialect) throws ApiException {
    try {
      JsonNode request = MAPPER.readTree(body);
      if (request == null || request.isMissingNode()) {
        throw dialect.malformed("the body is empty, JSON is expected");
      }
      return request;
    } catch (StreamConstraintsException e) {
      throw dialect.malformed(
          "the JSON is nested too deeply, or has too long a number or too many values");
    } catch (JsonProcessingException e) {
      throw dialect.malformed("the body is not well-formed JSON");
    } catch (IOException e) {
      throw dialect.malformed("the body cannot be read");
    }
  }

  private static final class TooSlowException extends IOException {
    private static final long serialVersionUID = 1L;

    TooSlowException() {
      super("the body comes too slowly");
    }
  }

  /** Checks that a body comes fast enough. */
  private final class Pace {
    private long due = clock.getAsLong() + PIECE_TIMEOUT.toNanos();
    private int ofPiece;

    /** Counts bytes that have come; the answer is whether a piece is complete. */
    boolean received(int count) throws IOException {
      long now = clock.getAsLong();
      if (now - due > 0) {
        throw new TooSlowException();
      }
      ofPiece += count;
      if (ofPiece < PIECE_BYTES) {
        return false;
      }
      ofPiece = 0;
      due = now + PIECE_TIMEOUT.toNanos();
      return true;
    }
  }
}
