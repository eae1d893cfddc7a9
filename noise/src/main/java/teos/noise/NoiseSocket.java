package teos.noise;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * Connection that sends and receives encrypted messages. Safe for one reading and one writing
 * thread.
 */
public final class NoiseSocket implements AutoCloseable {

  private final Socket socket;
  private final Session session;

  private NoiseSocket(Socket socket, Session session) {
    this.socket = socket;
    this.session = session;
  }

  /**
   * Performs the handshake as the responder.
   *
   * @param own static key of this side
   * @param timeout of the whole handshake
   * @throws NoiseException if the other side does not speak BOLT 8, or expects another static key
   * @throws SocketTimeoutException if the handshake takes too long; {@code socket} stays open
   * @throws IOException if the connection is lost; {@code socket} stays open
   */
  public static NoiseSocket accept(
      Socket socket, SecretKey own, SecureRandom random, Duration timeout) throws IOException {
    Deadline deadline = new Deadline(timeout);
    Responder responder = new Responder(own, SecretKey.generate(random));
    socket.setTcpNoDelay(true);
    byte[] actOne = read(socket, Act.ONE.length(), deadline);
    socket.getOutputStream().write(responder.actTwo(actOne));
    byte[] actThree = read(socket, Act.THREE.length(), deadline);
    return new NoiseSocket(socket, responder.session(actThree));
  }

  /**
   * Performs the handshake as the initiator.
   *
   * @param own static key of this side
   * @param responder static key of the other side
   * @param timeout of the whole handshake
   * @throws NoiseException if the other side does not have that key
   * @throws SocketTimeoutException if the handshake takes too long; {@code socket} stays open
   * @throws IOException if the connection is lost; {@code socket} stays open
   */
  public static NoiseSocket connect(
      Socket socket, SecretKey own, PublicKey responder, SecureRandom random, Duration timeout)
      throws IOException {
    Deadline deadline = new Deadline(timeout);
    Initiator initiator = new Initiator(own, SecretKey.generate(random), responder);
    socket.setTcpNoDelay(true);
    socket.getOutputStream().write(initiator.actOne());
    byte[] actTwo = read(socket, Act.TWO.length(), deadline);
    socket.getOutputStream().write(initiator.actThree(actTwo));
    return new NoiseSocket(socket, initiator.session());
  }

  /** Returns the IP address of the other side. */
  public InetAddress remoteAddress() {
    return socket.getInetAddress();
  }

  /** Returns the static key of the other side, authenticated by the handshake. */
  public PublicKey remoteKey() {
    return session.remoteKey();
  }

  /**
   * Returns the next message; empty if the other side has closed the connection.
   *
   * @param timeout of the whole message
   * @param maxLength in bytes, up to 65,535. The buffer is allocated when the length of the message
   *     arrives, so this limits the memory that a connection can use
   * @throws NoiseException if the message is longer, or was modified
   * @throws EOFException if the connection ends within a message
   * @throws SocketTimeoutException if the message takes too long
   */
  public Optional<byte[]> read(Duration timeout, int maxLength) throws IOException {
    Deadline deadline = new Deadline(timeout);
    byte[] header;
    try {
      header = read(socket, Session.HEADER_LENGTH, deadline);
    } catch (ClosedException e) {
      if (e.read == 0) {
        return Optional.empty();
      }
      throw e;
    }
    int length = session.bodyLength(header);
    if (length - Aead.TAG_LENGTH > maxLength) {
      throw new NoiseException(
          "a message of " + (length - Aead.TAG_LENGTH) + " bytes, expected up to " + maxLength);
    }
    byte[] body = read(socket, length, deadline);
    return Optional.of(session.decrypt(body));
  }

  /**
   * Sends a message.
   *
   * @throws IllegalArgumentException if {@code message} has more than 65,535 bytes
   */
  public void write(byte[] message) throws IOException {
    socket.getOutputStream().write(session.encrypt(message));
  }

  private static final class ClosedException extends EOFException {
    private static final long serialVersionUID = 1L;
    final int read;

    ClosedException(int read, int expected) {
      super("the other side closed the connection after " + read + " of " + expected + " bytes");
      this.read = read;
    }
  }

  /** Deadline of several reads. A socket timeout alone is restarted by every byte. */
  private static final class Deadline {
    private final long end;

    Deadline(Duration timeout) {
      this.end = System.nanoTime() + timeout.toNanos();
    }

    int millisLeft() throws SocketTimeoutException {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw new SocketTimeoutException("the other side took too long");
      }
      return Math.toIntExact(left);
    }
  }

  private static byte[] read(Socket socket, int length, Deadline deadline) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] bytes = new byte[length];
    for (int read = 0; read < length; ) {
      socket.setSoTimeout(deadline.millisLeft());
      int count = in.read(bytes, read, length - read);
      if (count < 0) {
        throw new ClosedException(read, length);
      }
      read += count;
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
