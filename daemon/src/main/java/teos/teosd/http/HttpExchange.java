package teos.teosd.http;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** Request that an {@link HttpServer} has received, and the response to it. */
public final class HttpExchange {

  /** What a response holds in memory where its length is not known beforehand. */
  private static final int PIECE_BYTES = 16 * 1024;

  /** What a response may hold in memory for as long as its client likes. */
  private static final int TINY_BYTES = 4 * 1024;

  private static final Pattern SLASHES = Pattern.compile("/{2,}");

  private final Request request;
  private final Response response;
  private final LimitedConnector.CountedConnection connection;
  private boolean stallsAreLimited;

  HttpExchange(Request request, Response response, LimitedConnector.CountedConnection connection) {
    this.request = request;
    this.response = response;
    this.connection = connection;
  }

  /** The method, such as {@code GET}. */
  public String method() {
    return request.getMethod();
  }

  /**
   * The path, decoded, with single slashes and none at the end: clients append theirs to whatever
   * address a user has typed.
   */
  public String path() {
    String path = Request.getPathInContext(request);
    if (path.length() == 1 || (!path.contains("//") && !path.endsWith("/"))) {
      return path;
    }
    String single = SLASHES.matcher(path).replaceAll("/");
    return single.length() > 1 && single.endsWith("/")
        ? single.substring(0, single.length() - 1)
        : single;
  }

  /** The first value of {@code name} in the query. */
  public Optional<String> query(String name) {
    return Optional.ofNullable(Request.extractQueryParameters(request).getValue(name));
  }

  /** All values of a header, in the order in which they were sent. */
  public List<String> headers(String name) {
    return request.getHeaders().getValuesList(name);
  }

  /** Host and port that the request asks for, as it has them; an HTTP/1.0 request may have none. */
  public Optional<String> authority() {
    return Optional.ofNullable(request.getHttpURI().getAuthority())
        .or(() -> Optional.ofNullable(request.getHeaders().get(HttpHeader.HOST)));
  }

  /** The name of the port that the request has come to. */
  String port() {
    return request.getConnectionMetaData().getConnector().getName();
  }

  /** The address that is connected. */
  InetAddress peer() {
    return ((InetSocketAddress) request.getConnectionMetaData().getRemoteSocketAddress())
        .getAddress();
  }

  /** The announced length of the body in bytes, if there is one. */
  OptionalLong contentLength() {
    long length = request.getLength();
    return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
  }

  /** The body. Reading fails if no byte comes for {@link HttpServer#STALL_TIMEOUT}. */
  InputStream body() throws IOException {
    InputStream body = Content.Source.asInputStream(request);
    if (body.available() < request.getLength() || request.getLength() < 0) {
      limitStalls(); // what is here already needs no timer
    }
    return body;
  }

  /**
   * Fails reads and writes of this request if no byte moves for {@link HttpServer#STALL_TIMEOUT}.
   * Not for each request: a timer that is set costs more than most of them.
   */
  private void limitStalls() {
    if (!stallsAreLimited) {
      stallsAreLimited = true;
      endPoint().setIdleTimeout(HttpServer.STALL_TIMEOUT.toMillis());
    }
  }

  /** The request has been answered: its connection may be idle again. */
  void ends() {
    if (stallsAreLimited) {
      endPoint().setIdleTimeout(HttpServer.IDLE_TIMEOUT.toMillis());
    }
    connection.ends();
  }

  private EndPoint endPoint() {
    return request.getConnectionMetaData().getConnection().getEndPoint();
  }

  /** Closes the connection, without a response. */
  void abort() {
    endPoint().close();
  }

  /** Says that the client has sent a part of the request; its connection is kept the longer. */
  void clientHasGotOn() {
    connection.waitsForClient();
  }

  /** Says that the request is there, and the tower works on it: its connection is kept. */
  void towerWorks() {
    connection.works();
  }

  /** Sets a header of the response. */
  public void header(String name, String value) {
    response.getHeaders().put(name, value);
  }

  /**
   * Sends the whole response, which has to be small: it is in memory until the client has read it.
   * One of a few kilobytes stays there until its connection makes room for another.
   *
   * @throws IOException if the client is gone, or does not read
   */
  public void send(int status, String contentType, byte[] body) throws IOException {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    connection.waitsForClient();
    if (body.length > TINY_BYTES) {
      limitStalls(); // as many as there may be connections would fill the memory
    }
    Content.Sink.write(response, true, ByteBuffer.wrap(body));
  }

  /** Sends a response without a body. */
  public void send(int status) {
    response.setStatus(status);
  }

  /**
   * Begins a response of any length with status 200. Only when the stream is closed is the response
   * complete; it waits for the client to read, and fails if the client does not.
   */
  public OutputStream stream(String contentType) {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    limitStalls();
    return new BufferedOutputStream(
        new TrackedOutputStream(Content.Sink.asOutputStream(response)), PIECE_BYTES);
  }

  /** Keeps the connection while the tower works on the next piece, not while the client reads. */
  private final class TrackedOutputStream extends FilterOutputStream {
    TrackedOutputStream(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      connection.waitsForClient();
      out.write(bytes, offset, length);
      connection.works();
    }
  }
}
