package teos.teosd.node;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stack of started parts, which it closes in reverse order. If one part cannot be closed, the
 * others still are. Not thread-safe.
 */
public final class CloseStack implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CloseStack.class);

  private final Deque<Closer> closers = new ArrayDeque<>();

  /** Closes or stops one part. */
  @FunctionalInterface
  public interface Close {
    void run() throws Exception;
  }

  private record Closer(String name, Close close) {}

  /**
   * Adds a part that has been started.
   *
   * @param name of the part, for the log
   * @return the part
   */
  public <T extends AutoCloseable> T add(String name, T part) {
    onClose(name, part::close);
    return part;
  }

  /** Adds an action that {@link #close} runs before everything that was added earlier. */
  public void onClose(String name, Close close) {
    closers.push(new Closer(name, close));
  }

  /** Closes every part, last one first. An interrupt is kept, and ends waits in the rest early. */
  @Override
  public void close() {
    while (!closers.isEmpty()) {
      Closer closer = closers.pop();
      try {
        closer.close().run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        log.atError()
            .addKeyValue("part", closer.name())
            .setCause(e)
            .log("part of the tower cannot be closed");
      }
    }
  }
}
