package teos.teosd.lnd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.noise.NoiseSocket;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.sessions.SessionKeeper;
import teos.wtwire.WtwireException;

/**
 * Takes the connections of lnd's clients. Each has a virtual thread, and is closed when all is said, or
 * when nothing comes for 15 seconds, as with lnd's own tower.
 */
public final class LndServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LndServer.class);
  private static final Duration HANDSHAKE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final int BACKLOG = 500;
  private static final int MOST_CONNECTIONS = 2_000;
  private static final int MOST_OF_AN_ADDRESS = 100;

  private final ServerSocket listener;
  private final SecretKey key;
  private final byte[] chainHash;
  private final Terms terms;
  private final SessionKeeper sessions;
  private final SecureRandom random = new SecureRandom();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<PublicKey> connected = ConcurrentHashMap.newKeySet();
  private final Map<InetAddress, Integer> ofAddress = new ConcurrentHashMap<>();
  private final Semaphore places = new Semaphore(MOST_CONNECTIONS);
  private final Thread accepting;
  private volatile boolean closed;

  private LndServer(
      ServerSocket listener,
      SecretKey key,
      byte[] chainHash,
      Terms terms,
      SessionKeeper sessions) {
    this.listener = listener;
    this.key = key;
    this.chainHash = chainHash.clone();
    this.terms = terms;
    this.sessions = sessions;
    this.accepting = Thread.ofVirtual().name("lnd-server").start(this::accept);
  }

  /**
   * Listens.
   *
   * @param key the tower's, by which clients know it
   * @param chainHash of the genesis block, in internal order
   * @throws IOException if the address cannot be listened at
   */
  public static LndServer start(
      InetSocketAddress at, SecretKey key, byte[] chainHash, Terms terms, SessionKeeper sessions)
      throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      listener.bind(at, BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    log.info(
        "lnd's clients: lncli wtclient add {}@{}:{}",
        key.publicKey(),
        at.getHostString(),
        listener.getLocalPort());
    return new LndServer(listener, key, chainHash, terms, sessions);
  }

  /** Where it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket socket = listener.accept();
        if (takes(socket)) {
          Thread.ofVirtual().name("lnd-client").start(() -> serve(socket));
        } else {
          socket.close();
        }
      } catch (IOException e) {
        if (!closed) {
          log.warn("a connection could not be taken: {}", e.getMessage());
          pause();
        }
      }
    }
  }

  /** Out of file descriptors, most likely, and asking again at once would not help. */
  private static void pause() {
    try {
      Thread.sleep(Duration.ofMillis(100));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean takes(Socket socket) {
    if (!places.tryAcquire()) {
      log.debug("too many connections: {} is turned away", socket.getInetAddress());
      return false;
    }
    int count = ofAddress.merge(socket.getInetAddress(), 1, Integer::sum);
    if (count > MOST_OF_AN_ADDRESS) {
      log.debug("too many connections of {}", socket.getInetAddress());
      leave(socket);
      return false;
    }
    open.add(socket);
    return true;
  }

  private void leave(Socket socket) {
    open.remove(socket);
    ofAddress.computeIfPresent(
        socket.getInetAddress(), (address, count) -> count == 1 ? null : count - 1);
    places.release();
  }

  private void serve(Socket socket) {
    try (socket) {
      if (closed) {
        return; // taken while the others were closed
      }
      NoiseSocket noise = NoiseSocket.accept(socket, key, random, HANDSHAKE);
      talk(noise, socket);
    } catch (SocketTimeoutException e) {
      log.debug("lnd client at {}: {}", socket.getInetAddress(), e.getMessage());
    } catch (Conversation.Refusal | WtwireException e) {
      log.info("lnd client at {} refused: {}", socket.getInetAddress(), e.getMessage());
    } catch (IOException e) {
      log.debug("lnd client at {}: {}", socket.getInetAddress(), e.getMessage());
    } catch (RuntimeException e) {
      log.error("lnd client at {}", socket.getInetAddress(), e);
    } finally {
      leave(socket);
    }
  }

  /** One at a time for each key: the updates of a session have an order. */
  private void talk(NoiseSocket noise, Socket socket) throws IOException, WtwireException {
    if (!connected.add(noise.other())) {
      log.debug("session={} is connected already: {} is closed", noise.other(), socket);
      return;
    }
    try {
      new Conversation(noise, chainHash, terms, sessions, PATIENCE).hold();
    } finally {
      connected.remove(noise.other());
    }
  }

  /** Takes no more connections, and ends those that there are. */
  @Override
  public void close() {
    closed = true;
    try {
      listener.close();
      accepting.join();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      log.debug("closing", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
