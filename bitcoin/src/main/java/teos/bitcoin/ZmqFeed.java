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
 * Subscription to one of bitcoind's ZMQ topics. It only makes the tower react faster: the monitors
 * find lost messages by polling.
 *
 * <p>Implements the subscriber's side of ZMTP 3.0 (RFC 23) with the NULL mechanism in one blocking
 * thread: greeting, READY, subscription, then frames. The obvious library, JeroMQ 0.6.0, loses its
 * subscription in about one of forty connections, and then never receives a message.
 */
final class ZmqFeed implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ZmqFeed.class);
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** Time within which bitcoind processes a subscription, with a wide margin. */
  private static final int SUBSCRIBE_MILLIS = 200;

  private static final int RETRY_MILLIS = 1_000;
  private static final int GREETING_LENGTH = 64;
  private static final int MAX_PARTS = 8;

  /** Bytes; neither a block nor a transaction has more. */
  private static final int MAX_FRAME = 4_000_000;

  private static final int FLAG_MORE = 1;
  private static final int FLAG_LONG = 2;
  private static final int FLAG_COMMAND = 4;

  private final HostPort address;
  private final String topic;
  private final Subscriber subscriber;
  private volatile @Nullable Socket socket;
  private volatile boolean stopped;
  private volatile boolean connected;

  /** Whether the last attempt failed; only the first failure is logged. */
  private boolean failed;

  /**
   * Receiver of the feed. Called in the feed's thread, which reads no further message meanwhile.
   */
  interface Subscriber {

    /** Called when the subscription is active. Earlier changes are not delivered: poll them. */
    void subscribed();

    /** Called when the connection is lost; the feed reconnects. */
    void disconnected();

    /**
     * Called for each message of the topic.
     *
     * @param body a block hash (32 bytes, display order) for {@code hashblock}, a raw transaction
     *     for {@code rawtx}
     * @param number sequence number, unsigned 32-bit; there is a gap if bitcoind has dropped
     *     messages
     */
    void message(byte[] body, int number);
  }

  /**
   * @param address where bitcoind publishes the topic, over TCP
   * @param topic for example {@code hashblock}
   */
  ZmqFeed(HostPort address, String topic, Subscriber subscriber) {
    this.address = address;
    this.topic = topic;
    this.subscriber = subscriber;
  }

  void start() {
    Thread.ofVirtual().name("zmq-" + topic).start(this::run);
  }

  /** Reconnects, because the feed has missed a message. */
  void reconnect() {
    closeSocket();
  }

  private void run() {
    while (!stopped) {
      boolean alreadyLogged = failed;
      try {
        listen();
      } catch (IOException e) {
        if (!stopped && !alreadyLogged) {
          log.atWarn()
              .addKeyValue("topic", topic)
              .addKeyValue("address", address)
              .addKeyValue(
                  "reason", e.getMessage() == null ? "the connection was closed" : e.getMessage())
              .log("ZMQ feed is unavailable; polling until it is back");
        }
        failed = true;
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
      handshake(in, connection.getOutputStream());
      failed = false;
      connected = true;
      log.atInfo()
          .addKeyValue("topic", topic)
          .addKeyValue("address", address)
          .log("ZMQ feed connected");
      awaitSubscription(connection, in);
      while (!stopped) {
        List<byte[]> message = readMessage(in, false);
        boolean isTopic =
            Arrays.equals(message.getFirst(), topic.getBytes(StandardCharsets.US_ASCII));
        if (isTopic && message.size() == 3 && message.get(2).length == Integer.BYTES) {
          ByteBuffer number = ByteBuffer.wrap(message.get(2)).order(ByteOrder.LITTLE_ENDIAN);
          subscriber.message(message.get(1), number.getInt());
        }
      }
    } finally {
      boolean lost = connected;
      connected = false;
      if (lost && !stopped) {
        subscriber.disconnected();
      }
    }
  }

  /** Returns whether the feed is connected. */
  boolean isConnected() {
    return connected;
  }

  private void handshake(DataInputStream in, OutputStream out) throws IOException {
    out.write(greeting());
    byte[] peerGreeting = new byte[GREETING_LENGTH];
    in.readFully(peerGreeting);
    if (peerGreeting[0] != (byte) 0xff || peerGreeting[9] != 0x7f || peerGreeting[10] < 3) {
      throw new IOException("the server does not speak ZMTP 3");
    }
    out.write(frame(FLAG_COMMAND, ready()));
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

  /**
   * Waits until bitcoind has processed the subscription (or sent the first message), and then
   * notifies the subscriber, because earlier changes are not delivered.
   */
  private void awaitSubscription(Socket connection, DataInputStream in) throws IOException {
    connection.setSoTimeout(SUBSCRIBE_MILLIS);
    in.mark(1);
    try {
      if (in.read() < 0) {
        throw new IOException("bitcoind closed the connection");
      }
      in.reset();
    } catch (SocketTimeoutException e) {
      // no message yet
    }
    subscriber.subscribed();
    connection.setSoTimeout(0);
  }

  /** Reads the parts of a message; of a command if {@code command}, else commands are skipped. */
  private static List<byte[]> readMessage(DataInputStream in, boolean command) throws IOException {
    List<byte[]> parts = new ArrayList<>();
    while (true) {
      int flags = in.readUnsignedByte();
      long length = (flags & FLAG_LONG) != 0 ? in.readLong() : in.readUnsignedByte();
      if (length < 0 || length > MAX_FRAME || parts.size() == MAX_PARTS) {
        throw new IOException(
            "a frame of " + length + " bytes or too many parts; expected up to " + MAX_FRAME);
      }
      byte[] body = new byte[(int) length];
      in.readFully(body);
      boolean isCommand = (flags & FLAG_COMMAND) != 0;
      if (isCommand && !command) {
        continue; // a subscriber need not answer any
      }
      parts.add(body);
      if ((flags & FLAG_MORE) == 0) {
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
        log.debug("cannot close the ZMQ feed", e);
      }
    }
  }

  @Override
  public void close() {
    stopped = true;
    closeSocket();
  }
}
