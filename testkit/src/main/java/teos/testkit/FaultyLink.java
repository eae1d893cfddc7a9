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
 * A loopback port that leads to a bitcoind's RPC, and that can be made to behave as networks,
 * proxies and busy nodes do. A change of fault cuts the connections that there are, as a fault in a
 * network would, unless it is said that they stay.
 */
public final class FaultyLink implements AutoCloseable {

  /** How the link behaves. */
  public sealed interface Fault {

    /** It leads to bitcoind, as it should. */
    record None() implements Fault {}

    /** It closes each connection at once. */
    record Refuses() implements Fault {}

    /** It takes connections and all that is sent, and never answers. */
    record BlackHole() implements Fault {}

    /** It takes connections, and reads nothing of what is sent. */
    record Deaf() implements Fault {}

    /** Each piece of an answer comes {@code delay} later. */
    record Slow(Duration delay) implements Fault {}

    /** Each call is answered by this HTTP status and text. */
    record Http(int status, String text) implements Fault {}

    /** Each call is answered by this error of bitcoind's. */
    record RpcError(int code, String message) implements Fault {}
  }

  private static final int BUFFER = 1 << 16;
  private static final Duration QUIET = Duration.ofMillis(200);
  private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
  private static final Pattern ID = Pattern.compile("\"id\" *: *(\\d+)");

  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger taken = new AtomicInteger();
  private volatile long lastCarried = System.nanoTime();
  private volatile int backend;
  private volatile Fault fault = new Fault.None();

  private FaultyLink(ServerSocket server, int backend) {
    this.server = server;
    this.backend = backend;
  }

  /** Opens one that leads to the loopback port {@code backend}. */
  public static FaultyLink to(int backend) throws IOException {
    FaultyLink link =
        new FaultyLink(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), backend);
    Thread.ofVirtual().name("faulty-link").start(link::accept);
    return link;
  }

  /** Where it is to be called. */
  public int port() {
    return server.getLocalPort();
  }

  /** How many connections have been taken so far. */
  public int connections() {
    return taken.get();
  }

  /** Behaves like this from now on, and cuts what there is. */
  public void set(Fault next) {
    fault = next;
    cut();
  }

  /** Behaves like this from now on, also on the connections that there are, which stay open. */
  public void setQuietly(Fault next) {
    fault = next;
  }

  /** Leads to another port from now on, and cuts what there is. */
  public void swapTo(int port) {
    backend = port;
    cut();
  }

  /**
   * Cuts the connections that there are once none of them has carried anything for a moment: a call
   * under way would be cut in the middle, and again when it is repeated.
   */
  public void cutIdle() throws InterruptedException {
    while (System.nanoTime() - lastCarried < QUIET.toNanos()) {
      Thread.sleep(QUIET);
    }
    cut();
  }

  /** Cuts the connections that there are. */
  public void cut() {
    open.forEach(FaultyLink::close);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        taken.incrementAndGet();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client) {
    try (client) {
      switch (fault) {
        case Fault.Refuses refuses -> {
          // and closed it is
        }
        case Fault.BlackHole hole ->
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        case Fault.Deaf deaf -> awaitCut(client);
        case Fault.Http http -> answerAll(client, http.status(), id -> http.text());
        case Fault.RpcError error ->
            answerAll(
                client,
                500,
                id ->
                    "{\"result\":null,\"error\":{\"code\":%d,\"message\":\"%s\"},\"id\":%s}"
                        .formatted(error.code(), error.message(), id));
        case Fault.None none -> relay(client);
        case Fault.Slow slow -> relay(client);
      }
    } catch (IOException e) {
      // one of both sides has gone: so does the other
    } finally {
      open.remove(client);
    }
  }

  private static void awaitCut(Socket client) throws IOException {
    while (!client.isClosed()) {
      pause(Duration.ofMillis(50));
    }
  }

  private void relay(Socket client) throws IOException {
    try (Socket node = new Socket(InetAddress.getLoopbackAddress(), backend)) {
      open.add(node);
      try {
        Thread.ofVirtual().start(() -> pump(client, node));
        pump(node, client, true);
      } finally {
        open.remove(node);
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
        continue; // of what was open when the link went quiet, nothing gets through
      }
      if (answers && fault instanceof Fault.Slow(Duration delay)) {
        pause(delay);
      }
      out.write(buffer, 0, count);
      lastCarried = System.nanoTime();
    }
  }

  private static void pause(Duration delay) throws IOException {
    try {
      Thread.sleep(delay);
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private interface Text {
    String of(String id);
  }

  private static void answerAll(Socket client, int status, Text text) throws IOException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    while (true) {
      String head = head(in);
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

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("the client has gone");
      }
      head.append((char) c);
    }
    return head.toString();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is gone either way
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }
}
