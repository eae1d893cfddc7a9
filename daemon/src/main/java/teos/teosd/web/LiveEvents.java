package teos.teosd.web;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.PeriodicTask;
import teos.common.PeriodicTask.Schedule;
import teos.teosd.http.HttpExchange;

/**
 * Server-sent events: notifies all open pages of changes. One task polls the sources for all pages,
 * and only while pages are open. A page that does not keep up is disconnected, and reconnects.
 */
final class LiveEvents implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LiveEvents.class);
  private static final int MAX_LISTENERS = 50;
  private static final int QUEUE_CAPACITY = 8;
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);
  private static final int HEARTBEAT_SECONDS = 15;

  /** Message that ends the stream of a page. */
  private static final String END = "";

  private static final byte[] TOO_MANY =
      "too many pages are open\n".getBytes(StandardCharsets.US_ASCII);

  private final Map<String, Supplier<String>> sources;
  private final Set<BlockingQueue<String>> listeners = ConcurrentHashMap.newKeySet();
  private final PeriodicTask polling;
  private volatile boolean closed;

  /** The last value of each source, by its name; confined to the polling task. */
  private final Map<String, String> sent = new LinkedHashMap<>();

  /**
   * @param sources the JSON of each event, by the event's name
   */
  LiveEvents(Map<String, Supplier<String>> sources) {
    this.sources = Map.copyOf(sources);
    this.polling =
        PeriodicTask.start(
            "live-events",
            Schedule.every(POLL_INTERVAL),
            this::poll,
            e -> log.warn("cannot notify the open pages; retrying", e));
  }

  private void poll() {
    if (listeners.isEmpty()) {
      sent.clear();
    } else {
      sendChanges();
    }
  }

  private void sendChanges() {
    sources.forEach(
        (name, source) -> {
          try {
            String now = source.get();
            if (!now.equals(sent.put(name, now))) {
              String message = message(name, now);
              listeners.forEach(listener -> enqueue(listener, message));
            }
          } catch (RuntimeException e) {
            // The database is probably unavailable.
            log.atDebug().setCause(e).addKeyValue("source", name).log("cannot poll");
          }
        });
  }

  private void enqueue(BlockingQueue<String> listener, String message) {
    if (!listener.offer(message)) {
      listeners.remove(listener);
      listener.clear();
      listener.add(END);
    }
  }

  private static String message(String name, String json) {
    return "event: " + name + "\ndata: " + json + "\n\n";
  }

  /** Sends a page the value of each source, and then each change, until the page is closed. */
  void serve(HttpExchange exchange) throws IOException {
    if (listeners.size() >= MAX_LISTENERS) {
      exchange.send(503, "text/plain", TOO_MANY);
      return;
    }
    exchange.header("Cache-Control", "no-store");
    BlockingQueue<String> listener = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
    try (OutputStream out = exchange.stream("text/event-stream")) {
      listeners.add(listener); // before the first values are read, so that no change is missed
      for (Map.Entry<String, Supplier<String>> source : sources.entrySet()) {
        write(out, message(source.getKey(), source.getValue().get()));
      }
      while (!closed) {
        String next = listener.poll(HEARTBEAT_SECONDS, TimeUnit.SECONDS);
        if (END.equals(next)) {
          return;
        }
        write(out, next == null ? ": still here\n\n" : next);
      }
    } catch (IOException e) {
      log.trace("a page was closed", e);
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
    closed = true;
    polling.stop();
    listeners.forEach(
        listener -> {
          listener.clear();
          listener.add(END);
        });
  }
}
