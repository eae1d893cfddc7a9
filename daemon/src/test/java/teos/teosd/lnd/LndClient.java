package teos.teosd.lnd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.Optional;
import teos.noise.NoiseSocket;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.TestTimeouts;
import teos.wtwire.Message;
import teos.wtwire.Message.Init;
import teos.wtwire.Messages;

/** Connection of an lnd client. */
public final class LndClient implements AutoCloseable {

  /** Hash of regtest's genesis block, in internal order. */
  public static final byte[] REGTEST =
      Txid.fromDisplayHex("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206")
          .internal();

  private static final SecureRandom RANDOM = new SecureRandom();

  private final NoiseSocket socket;

  private LndClient(NoiseSocket socket) {
    this.socket = socket;
  }

  /** Connects without sending an Init. */
  public static LndClient silent(int port, PublicKey tower, SecretKey session) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    return new LndClient(NoiseSocket.connect(socket, session, tower, RANDOM, TestTimeouts.EVENT));
  }

  /** Connects and exchanges Inits. */
  public static LndClient connect(int port, PublicKey tower, SecretKey session, byte[] chainHash)
      throws Exception {
    LndClient client = silent(port, tower, session);
    Message reply = client.ask(new Init(new byte[] {0b10}, chainHash));
    if (!(reply instanceof Init)) {
      throw new IOException("expected Init, got " + reply);
    }
    return client;
  }

  public Message ask(Message message) throws Exception {
    send(message);
    return receive().orElseThrow(() -> new IOException("closed"));
  }

  public void send(Message message) throws IOException {
    socket.write(Messages.encode(message));
  }

  /** Returns the next message; empty if the tower has closed the connection. */
  public Optional<Message> receive() throws Exception {
    Optional<byte[]> bytes = socket.read(TestTimeouts.EVENT, 65_535);
    return bytes.isEmpty() ? Optional.empty() : Optional.of(Messages.decode(bytes.get()));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
