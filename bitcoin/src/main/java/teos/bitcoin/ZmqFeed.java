package teos.bitcoin;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * bitcoind's {@code zmqpubhashblock}: a knock on the door when there is a new block, and nothing
 * more. What it says is not relied upon, and neither is that it says anything.
 *
 * <p>A subscriber's side of ZMTP 3.0 (RFC 23) with the NULL mechanism, in one blocking thread: a
 * greeting, READY, a subscription, and then frames. JeroMQ 0.6.0, which would be the library for it,
 * loses its subscription in about one connection of forty, and then hears nothing for ever.
 */
final class ZmqFeed implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ZmqFeed.class);
  private static final String TOPIC = "hashblock";
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** Within which bitcoind has surely seen a subscription that was sent. */
  private static final int SUBSCRIBED_AFTER_MILLIS = 200;

  private static final int RETRY_MILLIS = 1_000;
  private static final int GREETING_LENGTH = 64;
  private static final int MAX_FRAME = 1 << 16;
  private static final int MORE = 1;
  private static final int LONG = 2;
  private static final int COMMAND = 4;

  private final InetSocketAddress address;
  private final Runnable onBlock;
  private volatile @Nullable Socket socket;
  private volatile boolean stopped;

  /** Whether the last attempt has failed, which is said once. */
  private boolean away;

  /**
   * @param endpoint such as {@code tcp://127.0.0.1:28332}
   * @param onBlock called when there may be a new block
   */
  ZmqFeed(String endpoint, Runnable onBlock) {
    URI uri = URI.create(endpoint);
    this.address = InetSocketAddress.createUnresolved(uri.getHost(), uri.getPort());
    this.onBlock = onBlock;
  }

  void start() {
    Thread.ofVirtual().name("zmq-feed").start(this::run);
  }

  /** There was a block of which the feed has said nothing: has it begin anew. */
  void missedBlock() {
    closeSocket();
  }

  private void run() {
    while (!stopped) {
      boolean warned = away;
      try {
        listen();
      } catch (IOException e) {
        if (!stopped && !warned) {
          log.warn(
              "no ZMQ feed at {}:{}, blocks are found by polling until there is: {}",
              address.getHostString(),
              address.getPort(),
              e.getMessage() == null ? "the connection has ended" : e.getMessage());
        }
        away = true;
      }
      pause();
    }
  }

  private void pause() {
    try {
      if (!stopped) {
        Thread.sleep(RETRY_MILLIS);
      }
    } catch (InterruptedException e) {
      stopped = true;
    }
  }

  private void listen() throws IOException {
    try (Socket connection = new Socket()) {
      socket = connection;
      connection.setKeepAlive(true);
      connection.setTcpNoDelay(true);
      connection.connect(
          new InetSocketAddress(address.getHostString(), address.getPort()),
          CONNECT_TIMEOUT_MILLIS);
      connection.setSoTimeout(CONNECT_TIMEOUT_MILLIS);
      DataInputStream in = new DataInputStream(new BufferedInputStream(connection.getInputStream()));
      shakeHands(in, connection.getOutputStream());
      away = false;
      log.info("ZMQ feed at {}:{}", address.getHostString(), address.getPort());
      lookOnceSubscribed(connection, in);
      while (!stopped) {
        if (Arrays.equals(readMessageTopic(in), TOPIC.getBytes(StandardCharsets.US_ASCII))) {
          onBlock.run();
        }
      }
    }
  }

  private static void shakeHands(DataInputStream in, OutputStream out) throws IOException {
    out.write(greeting());
    byte[] theirs = new byte[GREETING_LENGTH];
    in.readFully(theirs);
    if (theirs[0] != (byte) 0xff || theirs[9] != 0x7f || theirs[10] < 3) {
      throw new IOException("what listens there does not speak ZMTP 3");
    }
    out.write(frame(COMMAND, ready()));
    readMessageTopic(in, true);
    ByteBuffer subscription = ByteBuffer.allocate(1 + TOPIC.length());
    subscription.put((byte) 1).put(TOPIC.getBytes(StandardCharsets.US_ASCII));
    out.write(frame(0, subscription.array()));
    out.flush();
  }

  private static byte[] greeting() {
    byte[] greeting = new byte[GREETING_LENGTH];
    greeting[0] = (byte) 0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3; // version 3.0
    byte[] mechanism = "NULL".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(mechanism, 0, greeting, 12, mechanism.length);
    return greeting;
  }

  private static byte[] ready() {
    byte[] command = "\5READY\13Socket-Type".getBytes(StandardCharsets.US_ASCII);
    byte[] type = "SUB".getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(command.length + Integer.BYTES + type.length)
        .put(command)
        .putInt(type.length)
        .put(type)
        .array();
  }

  private static byte[] frame(int flags, byte[] body) {
    return ByteBuffer.allocate(2 + body.length)
        .put((byte) flags)
        .put((byte) body.length)
        .put(body)
        .array();
  }

  /** Blocks that came before bitcoind had our subscription were told to nobody. */
  private void lookOnceSubscribed(Socket connection, DataInputStream in) throws IOException {
    connection.setSoTimeout(SUBSCRIBED_AFTER_MILLIS);
    in.mark(1);
    try {
      if (in.read() < 0) {
        throw new IOException("bitcoind has closed the connection");
      }
      in.reset();
    } catch (SocketTimeoutException e) {
      // nothing yet
    }
    onBlock.run();
    connection.setSoTimeout(0);
  }

  private static byte[] readMessageTopic(DataInputStream in) throws IOException {
    return readMessageTopic(in, false);
  }

  /** Reads a whole message, or a command where one is expected; the answer is its first part. */
  private static byte[] readMessageTopic(DataInputStream in, boolean command) throws IOException {
    byte[] first = null;
    while (true) {
      int flags = in.readUnsignedByte();
      long length = (flags & LONG) != 0 ? in.readLong() : in.readUnsignedByte();
      if (length < 0 || length > MAX_FRAME) {
        throw new IOException("a frame of " + length + " bytes");
      }
      byte[] body = new byte[(int) length];
      in.readFully(body);
      boolean isCommand = (flags & COMMAND) != 0;
      if (isCommand && !command) {
        continue; // none that a subscriber has to answer
      }
      if (first == null) {
        first = body;
      }
      if ((flags & MORE) == 0) {
        return first;
      }
    }
  }

  private void closeSocket() {
    Socket open = socket;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        log.debug("closing the ZMQ feed", e);
      }
    }
  }

  @Override
  public void close() {
    stopped = true;
    closeSocket();
  }
}
