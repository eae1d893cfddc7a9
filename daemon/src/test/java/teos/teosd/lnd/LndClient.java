package teos.teosd.lnd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import teos.noise.NoiseSocket;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.wtwire.Message;
import teos.wtwire.Message.Init;
import teos.wtwire.Messages;

/** A connection of an lnd client, after both Inits. */
final class LndClient implements AutoCloseable {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final NoiseSocket socket;

  private LndClient(NoiseSocket socket) {
    this.socket = socket;
  }

  /** Connects, without an Init. */
  static LndClient silent(int port, PublicKey tower, SecretKey session) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    return new LndClient(NoiseSocket.connect(socket, session, tower, RANDOM, LONG));
  }

  static LndClient connect(int port, PublicKey tower, SecretKey session, byte[] chainHash)
      throws Exception {
    LndClient client = silent(port, tower, session);
    Message reply = client.ask(new Init(new byte[] {0b10}, chainHash));
    if (!(reply instanceof Init)) {
      throw new IOException("no Init but " + reply);
    }
    return client;
  }

  Message ask(Message message) throws Exception {
    tell(message);
    return hear().orElseThrow(() -> new IOException("closed"));
  }

  void tell(Message message) throws IOException {
    socket.write(Messages.encode(message));
  }

  /** The next message; none if the tower has closed the connection. */
  Optional<Message> hear() throws Exception {
    Optional<byte[]> bytes = socket.read(LONG);
    return bytes.isEmpty() ? Optional.empty() : Optional.of(Messages.decode(bytes.get()));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
