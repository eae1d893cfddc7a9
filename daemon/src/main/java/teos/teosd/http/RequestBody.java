package teos.teosd.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads the JSON of a request as it arrives, and no more of it than an appointment can need: so many
 * bytes, for so long, and so many large ones at a time.
 */
final class RequestBody {

  /**
   * The most bytes that a body may have. A penalty of 100,000 vbytes, the most that nodes relay, is
   * at most 400,000 bytes: with its tag and as hex 800,032 characters.
   */
  static final int LIMIT = 1 << 20;

  private static final int MAX_DEPTH = 16;

  /** Bodies up to this many bytes are read without asking; larger ones wait for each other. */
  private static final int SMALL = 16 * 1024;

  private static final int LARGE_AT_ONCE = 8;
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** The longest pause of a sender. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** How late an alarm may be. */
  private static final Duration LATENESS = Duration.ofMillis(250);

  private static final Alarms ALARMS = new Alarms();

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(LIMIT)
                          .maxNumberLength(100)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Semaphore large = new Semaphore(LARGE_AT_ONCE);

  /**
   * Reads {@code body}.
   *
   * @param contentLength bytes that the sender has announced
   * @param dialect how to answer one that cannot be read
   * @throws ApiException if it is too large, no JSON, or too slow
   */
  JsonNode read(InputStream body, OptionalLong contentLength, ApiDialect dialect)
      throws ApiException {
    if (contentLength.orElse(0) > LIMIT) {
      throw dialect.tooLarge(LIMIT);
    }
    try (BoundedStream bounded = new BoundedStream(body)) {
      JsonNode request = MAPPER.readTree(bounded);
      if (request == null || request.isMissingNode()) {
        throw dialect.malformed("the body is empty, JSON is expected");
      }
      return request;
    } catch (TooLargeException e) {
      throw dialect.tooLarge(LIMIT);
    } catch (BusyException e) {
      throw dialect.unavailable(String.valueOf(e.getMessage()));
    } catch (StreamConstraintsException e) {
      throw dialect.malformed("the JSON is nested too deeply, or has too long a number");
    } catch (JsonProcessingException e) {
      throw dialect.malformed("the body is not well-formed JSON");
    } catch (IOException e) {
      throw dialect.malformed("the body did not arrive whole in time");
    }
  }

  private static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Ends a read for which nothing comes: Helidon's server sets its sockets no timeout, whatever it
   * is told. To interrupt a virtual thread that reads from a socket closes the socket.
   */
  private static final class Alarm {
    private final Thread reader = Thread.currentThread();
    private final long due;
    private boolean off;
    private boolean rung;

    Alarm(long nanos) {
      this.due = System.nanoTime() + nanos;
    }

    synchronized void ringIfDue(long now) {
      if (!off && !rung && now - due >= 0) {
        rung = true;
        reader.interrupt();
      }
    }

    /** The reader's: it is not interrupted after this, in what it goes on with. */
    synchronized void off() {
      off = true;
      if (rung) {
        Thread.interrupted();
      }
    }
  }

  /** All alarms that are set. One thread looks at them now and then, for nearly none ever rings. */
  private static final class Alarms {
    private final Set<Alarm> set = ConcurrentHashMap.newKeySet();

    Alarms() {
      Thread.ofPlatform().daemon().name("body-alarms").start(this::run);
    }

    private void run() {
      while (true) {
        try {
          Thread.sleep(LATENESS);
        } catch (InterruptedException e) {
          return; // nobody does
        }
        long now = System.nanoTime();
        set.forEach(alarm -> alarm.ringIfDue(now));
      }
    }

    Alarm set(long nanos) {
      Alarm alarm = new Alarm(nanos);
      set.add(alarm);
      return alarm;
    }

    void off(Alarm alarm) {
      set.remove(alarm);
      alarm.off();
    }
  }

  private static final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;

    BusyException(String message) {
      super(message);
    }
  }

  /**
   * Takes its turn among the large ones when so much has arrived, not when it is announced: who
   * announces much and sends little takes nobody's.
   */
  private final class BoundedStream extends FilterInputStream {
    private long deadline = System.nanoTime() + DEADLINE.toNanos();
    private int received;
    private boolean turn;

    BoundedStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("too slow");
      }
      if (!turn && received >= SMALL) {
        awaitTurn();
      }
      int most = turn ? length : Math.min(length, SMALL - received);
      int count = arrived(buffer, offset, most);
      received += Math.max(0, count);
      if (received > LIMIT) {
        throw new TooLargeException();
      }
      return count;
    }

    private void awaitTurn() throws IOException {
      try {
        turn = large.tryAcquire(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BusyException("The tower is stopping");
      }
      if (!turn) {
        throw new BusyException("The tower is busy with other large requests");
      }
      deadline = System.nanoTime() + DEADLINE.toNanos(); // to wait was not the sender's choice
    }

    private int arrived(byte[] buffer, int offset, int length) throws IOException {
      long left = Math.max(0, deadline - System.nanoTime());
      Alarm alarm = ALARMS.set(Math.min(left, PAUSE.toNanos()));
      try {
        return super.read(buffer, offset, length);
      } catch (RuntimeException e) {
        // Helidon's ways, all unchecked, to say that the sender is gone, or speaks no HTTP.
        throw new IOException(e);
      } finally {
        ALARMS.off(alarm);
      }
    }

    /** Ends its turn. What has not been read is left to Helidon, which would wait for it here. */
    @Override
    public void close() {
      if (turn) {
        turn = false;
        large.release();
      }
    }
  }
}
