package teos.bitcoin;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.HostPort;

/**
 * One of bitcoind's ZMQ topics: a knock on the door when there is something new. That it says
 * anything is not relied upon: what it leaves out is found by polling.
 *
 * <p>A subscriber's side of ZMTP 3.0 (RFC 23) with the NULL mechanism, in one blocking thread: a
 * greeting, READY, a subscription, and then frames. JeroMQ 0.6.0, which would be the library for
 * it, loses its subscription in about one connection of forty, and then hears nothing for ever.
 */
final class ZmqFeed implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ZmqFeed.class);
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** Within which bitcoind has surely seen a subscription that was sent. */
  private static final int SUBSCRIBED_AFTER_MILLIS = 200;

  private static final int RETRY_MILLIS = 1_000;
  private static final int GREETING_LENGTH = 64;
  private static final int MAX_PARTS = 8;

  /** A transaction has at most 4,000,000 bytes, as a block has. */
  private static final int MAX_FRAME = 4_000_000;

  private static final int MORE = 1;
  private static final int LONG = 2;
  private static final int COMMAND = 4;

  private final HostPort address;
  private final String topic;
  private final Subscriber subscriber;
  private volatile @Nullable Socket socket;
  private volatile boolean stopped;
  private volatile boolean connected;

  /** Whether the last attempt has failed, which is said once. */
  private boolean away;

  /** Who listens. Called in the feed's own thread, which reads nothing more meanwhile. */
  interface Subscriber {

    /** The feed listens from now on: what there was before has been told to nobody. */
    void listening();

    /** The connection has ended; another attempt follows. */
    void lost();

    /**
     * Something new.
     *
     * @param body what the topic carries
     * @param number of this message, one more than the last one's unless bitcoind has dropped some
     */
    void message(byte[] body, int number);
  }

  /**
   * @param address where bitcoind publishes it, over TCP
   * @param topic such as {@code hashblock}
   */
  ZmqFeed(HostPort address, String topic, Subscriber subscriber) {
    this.address = address;
    this.topic = topic;
    this.subscriber = subscriber;
  }

  void start() {
    Thread.ofVirtual().name("zmq-" + topic).start(this::run);
  }

  /** There was something of which the feed has said nothing: has it begin anew. */
  void missed() {
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
              "no ZMQ feed of {} at {}, they are found by polling until there is: {}",
              topic,
              address,
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
          new InetSocketAddress(address.host(), address.port()), CONNECT_TIMEOUT_MILLIS);
      connection.setSoTimeout(CONNECT_TIMEOUT_MILLIS);
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(connection.getInputStream()));
      shakeHands(in, connection.getOutputStream());
      away = false;
      connected = true;
      log.info("ZMQ feed of {} at {}", topic, address);
      lookOnceSubscribed(connection, in);
      while (!stopped) {
        List<byte[]> message = readMessage(in, false);
        boolean ours = Arrays.equals(message.getFirst(), topic.getBytes(StandardCharsets.US_ASCII));
        if (ours && message.size() == 3 && message.get(2).length == Integer.BYTES) {
          ByteBuffer number = ByteBuffer.wrap(message.get(2)).order(ByteOrder.LITTLE_ENDIAN);
          subscriber.message(message.get(1), number.getInt());
        }
      }
    } finally {
      boolean lost = connected;
      connected = false;
      if (lost && !stopped) {
        subscriber.lost();
      }
    }
  }

  /** Whether there is a connection, over which bitcoind may say something. */
  boolean isConnected() {
    return connected;
  }

  private void shakeHands(DataInputStream in, OutputStream out) throws IOException {
    out.write(greeting());
    byte[] theirs = new byte[GREETING_LENGTH];
    in.readFully(theirs);
    if (theirs[0] != (byte) 0xff || theirs[9] != 0x7f || theirs[10] < 3) {
      throw new IOException("what listens there does not speak ZMTP 3");
    }
    out.write(frame(COMMAND, ready()));
    readMessage(in, true);
    ByteBuffer subscription = ByteBuffer.allocate(1 + topic.length());
    subscription.put((byte) 1).put(topic.getBytes(StandardCharsets.US_ASCII));
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

  /** What came before bitcoind had our subscription was told to nobody. */
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
    subscriber.listening();
    connection.setSoTimeout(0);
  }

  /** Reads a whole message, or a command where one is expected, part by part. */
  private static List<byte[]> readMessage(DataInputStream in, boolean command) throws IOException {
    List<byte[]> parts = new ArrayList<>();
    while (true) {
      int flags = in.readUnsignedByte();
      long length = (flags & LONG) != 0 ? in.readLong() : in.readUnsignedByte();
      if (length < 0 || length > MAX_FRAME || parts.size() == MAX_PARTS) {
        throw new IOException("a frame of " + length + " bytes");
      }
      byte[] body = new byte[(int) length];
      in.readFully(body);
      boolean isCommand = (flags & COMMAND) != 0;
      if (isCommand && !command) {
        continue; // none that a subscriber has to answer
      }
      parts.add(body);
      if ((flags & MORE) == 0) {
        return parts;
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
