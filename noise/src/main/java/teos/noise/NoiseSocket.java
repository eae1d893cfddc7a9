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

/** A connection over which whole messages go, encrypted; for one reader and one writer. */
public final class NoiseSocket implements AutoCloseable {

  private final Socket socket;
  private final Session session;

  private NoiseSocket(Socket socket, Session session) {
    this.socket = socket;
    this.session = session;
  }

  /**
   * The side that was connected to.
   *
   * @param own its key
   * @param within the handshake has to be over, however the bytes come
   * @throws NoiseException if the other side does not speak BOLT 8, or means another key
   * @throws IOException if the connection is lost, or the time is over; {@code socket} stays open
   */
  public static NoiseSocket accept(
      Socket socket, SecretKey own, SecureRandom random, Duration within) throws IOException {
    Deadline deadline = new Deadline(within);
    Responder responder = new Responder(own, SecretKey.generate(random));
    socket.setTcpNoDelay(true);
    byte[] actOne = read(socket, Act.ONE.length(), deadline);
    socket.getOutputStream().write(responder.actTwo(actOne));
    byte[] actThree = read(socket, Act.THREE.length(), deadline);
    return new NoiseSocket(socket, responder.session(actThree));
  }

  /**
   * The side that has connected.
   *
   * @param own its key
   * @param other whom it wants to talk to
   * @throws NoiseException if there is somebody else
   * @throws IOException if the connection is lost, or the time is over; {@code socket} stays open
   */
  public static NoiseSocket connect(
      Socket socket, SecretKey own, PublicKey other, SecureRandom random, Duration within)
      throws IOException {
    Deadline deadline = new Deadline(within);
    Initiator initiator = new Initiator(own, SecretKey.generate(random), other);
    socket.setTcpNoDelay(true);
    socket.getOutputStream().write(initiator.actOne());
    byte[] actTwo = read(socket, Act.TWO.length(), deadline);
    socket.getOutputStream().write(initiator.actThree(actTwo));
    return new NoiseSocket(socket, initiator.session());
  }

  /** The address of the other side. */
  public InetAddress remoteAddress() {
    return socket.getInetAddress();
  }

  /** The key of the other side, which it has proved to have. */
  public PublicKey remoteKey() {
    return session.remoteKey();
  }

  /**
   * Returns the next message; empty if the other side has closed the connection.
   *
   * @param within the time for all of it
   * @param maxLength bytes, up to 65,535; memory for a message is taken when its length is known,
   *     so this is what each connection can cost
   * @throws NoiseException if the message is longer, or was changed on its way
   * @throws SocketTimeoutException if the time is over
   */
  public Optional<byte[]> read(Duration within, int maxLength) throws IOException {
    Deadline deadline = new Deadline(within);
    byte[] header;
    try {
      header = read(socket, Session.HEADER_LENGTH, deadline);
    } catch (EndException e) {
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
   * @throws IllegalArgumentException if it has more than 65,535 bytes
   */
  public void write(byte[] message) throws IOException {
    socket.getOutputStream().write(session.encrypt(message));
  }

  private static final class EndException extends EOFException {
    private static final long serialVersionUID = 1L;
    final int read;

    EndException(int read, int wanted) {
      super("the other side closed the connection after " + read + " of " + wanted + " bytes");
      this.read = read;
    }
  }

  /** A timeout of each read alone would let one byte come at a time, for ever. */
  private static final class Deadline {
    private final long end;

    Deadline(Duration within) {
      this.end = System.nanoTime() + within.toNanos();
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
        throw new EndException(read, length);
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
