package teos.teosd.web;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.teosd.http.HttpExchange;

/**
 * Server-sent events: tells all pages that are open of what has changed. One thread looks for all,
 * and only while somebody listens. A page that does not keep up is cut off, and asks anew.
 */
final class LiveEvents implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LiveEvents.class);
  private static final int MOST = 50;
  private static final int WAITING = 8;
  private static final int LOOK_MILLIS = 1_000;
  private static final int HEARTBEAT_SECONDS = 15;
  private static final String END = "";
  private static final byte[] TOO_MANY =
      "too many pages are open\n".getBytes(StandardCharsets.US_ASCII);

  private final Map<String, Supplier<String>> sources;
  private final Set<BlockingQueue<String>> listeners = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** What was told last, by the name of its source; of the looking thread alone. */
  private final Map<String, String> told = new LinkedHashMap<>();

  /**
   * @param sources what is told of, as JSON, by the names of their events
   */
  LiveEvents(Map<String, Supplier<String>> sources) {
    this.sources = Map.copyOf(sources);
    Thread.ofVirtual().name("live-events").start(this::look);
  }

  private void look() {
    try {
      while (!closed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        if (listeners.isEmpty()) {
          told.clear();
        } else {
          tellChanges();
        }
      }
    } catch (InterruptedException e) {
      log.debug("nobody looks for changes any more");
    }
  }

  private void tellChanges() {
    sources.forEach(
        (name, source) -> {
          try {
            String now = source.get();
            if (!now.equals(told.put(name, now))) {
              String message = message(name, now);
              listeners.forEach(listener -> tell(listener, message));
            }
          } catch (RuntimeException e) {
            log.debug("cannot look at {} now", name, e); // the database, most likely
          }
        });
  }

  private void tell(BlockingQueue<String> listener, String message) {
    if (!listener.offer(message)) {
      listeners.remove(listener);
      listener.clear();
      listener.add(END);
    }
  }

  private static String message(String name, String json) {
    return "event: " + name + "\ndata: " + json + "\n\n";
  }

  /** Tells one page all there is, and then what changes, until it goes. */
  void serve(HttpExchange exchange) throws IOException {
    if (listeners.size() >= MOST) {
      exchange.send(503, "text/plain", TOO_MANY);
      return;
    }
    exchange.header("Cache-Control", "no-store");
    BlockingQueue<String> listener = new ArrayBlockingQueue<>(WAITING);
    try (OutputStream out = exchange.stream("text/event-stream")) {
      listeners.add(listener); // before it is told all: nothing falls between
      for (Map.Entry<String, Supplier<String>> source : sources.entrySet()) {
        write(out, message(source.getKey(), source.getValue().get()));
      }
      while (closed.getCount() > 0) {
        String next = listener.poll(HEARTBEAT_SECONDS, TimeUnit.SECONDS);
        if (END.equals(next)) {
          return;
        }
        write(out, next == null ? ": still here\n\n" : next);
      }
    } catch (IOException e) {
      log.trace("a page has gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      listeners.remove(listener);
    }
  }

  private static void write(OutputStream out, String message) throws IOException {
    out.write(message.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public void close() {
    closed.countDown();
    listeners.forEach(
        listener -> {
          listener.clear();
          listener.add(END);
        });
  }
}
