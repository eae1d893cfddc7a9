package teos.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loopback port that forwards to a bitcoind's RPC port and can simulate the faults of networks,
 * proxies and overloaded nodes. Changing the fault drops all open connections, as a network fault
 * would; {@link #setKeepingConnections} keeps them.
 */
public final class FaultyLink implements AutoCloseable {

  /** Behaviour of the link. */
  public sealed interface Fault {

    /** Forwards to bitcoind without a fault. */
    record None() implements Fault {}

    /** Accepts each connection and closes it at once. */
    record ClosesAtOnce() implements Fault {}

    /** Accepts connections, reads requests, and never answers. */
    record BlackHole() implements Fault {}

    /** Accepts connections and never reads from them. */
    record NeverReads() implements Fault {}

    /** Delays each chunk of a response by {@code delay}. */
    record SlowResponses(Duration delay) implements Fault {}

    /** Answers each call with this HTTP status and text. */
    record HttpResponse(int status, String text) implements Fault {}

    /** Answers each call with this JSON-RPC error. */
    record RpcError(int code, String message) implements Fault {}
  }

  private static final int BUFFER = 1 << 16;
  private static final Duration IDLE_TIME = Duration.ofMillis(200);
  private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
  private static final Pattern ID = Pattern.compile("\"id\" *: *(\\d+)");

  private final ServerSocket server;
  private final Set<Socket> openSockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger acceptedCount = new AtomicInteger();
  private volatile long lastActivity = System.nanoTime();
  private volatile int backend;
  private volatile Fault fault = new Fault.None();

  private FaultyLink(ServerSocket server, int backend) {
    this.server = server;
    this.backend = backend;
  }

  /** Opens a link that forwards to the loopback port {@code backend}. */
  public static FaultyLink to(int backend) throws IOException {
    FaultyLink link =
        new FaultyLink(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), backend);
    Thread.ofVirtual().name("faulty-link").start(link::accept);
    return link;
  }

  /** Returns the loopback port to connect to. */
  public int port() {
    return server.getLocalPort();
  }

  /** Returns the number of connections accepted so far. */
  public int connections() {
    return acceptedCount.get();
  }

  /** Sets the fault and drops all open connections. */
  public void set(Fault next) {
    fault = next;
    dropConnections();
  }

  /** Sets the fault and keeps open connections, to which it then applies too. */
  public void setKeepingConnections(Fault next) {
    fault = next;
  }

  /** Forwards to another loopback port from now on, and drops all open connections. */
  public void redirectTo(int port) {
    backend = port;
    dropConnections();
  }

  /**
   * Waits until no connection has carried data for a moment, then drops all of them. Dropping them
   * earlier could interrupt a call in progress, and its repetition too.
   */
  public void dropIdleConnections() throws InterruptedException {
    while (System.nanoTime() - lastActivity < IDLE_TIME.toNanos()) {
      Thread.sleep(IDLE_TIME);
    }
    dropConnections();
  }

  /** Drops all open connections. */
  public void dropConnections() {
    openSockets.forEach(FaultyLink::close);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        acceptedCount.incrementAndGet();
        openSockets.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client) {
    try (client) {
      switch (fault) {
        case Fault.ClosesAtOnce refuses -> {
          // try-with-resources closes the connection
        }
        case Fault.BlackHole hole ->
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        case Fault.NeverReads deaf -> awaitClose(client);
        case Fault.HttpResponse http -> respondToAll(client, http.status(), id -> http.text());
        case Fault.RpcError error ->
            respondToAll(
                client,
                500,
                id ->
                    "{\"result\":null,\"error\":{\"code\":%d,\"message\":\"%s\"},\"id\":%s}"
                        .formatted(error.code(), error.message(), id));
        case Fault.None none -> relay(client);
        case Fault.SlowResponses slow -> relay(client);
      }
    } catch (IOException e) {
      // one side has closed its connection; the other is closed too
    } finally {
      openSockets.remove(client);
    }
  }

  private static void awaitClose(Socket client) throws IOException {
    while (!client.isClosed()) {
      pause(Duration.ofMillis(50));
    }
  }

  private void relay(Socket client) throws IOException {
    try (Socket node = new Socket(InetAddress.getLoopbackAddress(), backend)) {
      openSockets.add(node);
      try {
        Thread.ofVirtual().start(() -> pump(client, node));
        pump(node, client, true);
      } finally {
        openSockets.remove(node);
      }
    }
  }

  private void pump(Socket from, Socket to) {
    try {
      pump(from, to, false);
    } catch (IOException e) {
      // closed on either side
    } finally {
      close(to);
    }
  }

  private void pump(Socket from, Socket to, boolean answers) throws IOException {
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    byte[] buffer = new byte[BUFFER];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      if (fault instanceof Fault.BlackHole) {
        continue; // connections opened before the fault was set carry nothing either
      }
      if (answers && fault instanceof Fault.SlowResponses(Duration delay)) {
        pause(delay);
      }
      out.write(buffer, 0, count);
      lastActivity = System.nanoTime();
    }
  }

  private static void pause(Duration delay) throws IOException {
    try {
      Thread.sleep(delay);
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private interface ResponseBody {
    String of(String id);
  }

  private static void respondToAll(Socket client, int status, ResponseBody text)
      throws IOException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    while (true) {
      String head = readHead(in);
      Matcher length = LENGTH.matcher(head);
      int bytes = length.find() ? Integer.parseInt(length.group(1)) : 0;
      String request = new String(in.readNBytes(bytes), StandardCharsets.UTF_8);
      Matcher id = ID.matcher(request);
      byte[] body = text.of(id.find() ? id.group(1) : "null").getBytes(StandardCharsets.UTF_8);
      out.write(
          String.format(
                  Locale.ROOT,
                  "HTTP/1.1 %d Fault\r\nContent-Length: %d\r\n\r\n",
                  status,
                  body.length)
              .getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      out.flush();
    }
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("the client has closed the connection");
      }
      head.append((char) c);
    }
    return head.toString();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // nothing more to do: the socket is unusable either way
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    dropConnections();
  }
}
