package teos.bitcoin;

import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

/**
 * bitcoind's {@code zmqpubhashblock}: a knock on the door when there is a new block, and nothing
 * more. What it says is not relied upon, and neither is that it says anything.
 */
final class ZmqFeed implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ZmqFeed.class);
  private static final int RECEIVE_TIMEOUT_MILLIS = 500;

  private final String endpoint;
  private final Runnable onBlock;
  private volatile boolean connected;
  private volatile boolean stopped;

  ZmqFeed(String endpoint, Runnable onBlock) {
    this.endpoint = endpoint;
    this.onBlock = onBlock;
  }

  void start() {
    // JeroMQ's sockets belong to the thread that made them, and wait in native selectors.
    Thread.ofPlatform().name("zmq-feed").daemon().start(this::run);
  }

  private void run() {
    try (ZContext context = new ZContext()) {
      ZMQ.Socket socket = context.createSocket(SocketType.SUB);
      socket.setReceiveTimeOut(RECEIVE_TIMEOUT_MILLIS);
      socket.setTCPKeepAlive(1);
      socket.setEventHook(event -> connected = true, ZMQ.EVENT_CONNECTED);
      socket.subscribe("hashblock".getBytes(StandardCharsets.US_ASCII));
      socket.connect(endpoint);
      log.debug("listening for blocks at {}", endpoint);
      while (!stopped) {
        if (socket.recv() != null) {
          while (socket.hasReceiveMore()) {
            socket.recv();
          }
          onBlock.run();
        } else if (connected) {
          // Blocks that came before bitcoind had our subscription were told to nobody.
          connected = false;
          onBlock.run();
        }
      }
    } catch (ZMQException | IllegalArgumentException e) {
      log.error("no ZMQ feed at {}, blocks are found by polling alone: {}", endpoint, e.getMessage());
    }
  }

  @Override
  public void close() {
    stopped = true;
  }
}
