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

/** Request that an {@link HttpServer} has received, with its response. */
public final class HttpExchange {

  /** Buffer of a response whose length is not known beforehand. */
  private static final int STREAM_BUFFER_BYTES = 16 * 1024;

  /** Largest response that may stay in memory until its client reads it, without a timeout. */
  private static final int MAX_UNTIMED_BYTES = 4 * 1024;

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

  /** Returns the method, such as {@code GET}. */
  public String method() {
    return request.getMethod();
  }

  /**
   * Returns the decoded path without repeated or trailing slashes: clients append their path to
   * whatever address a user has typed.
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

  /** Returns the first value of {@code name} in the query. */
  public Optional<String> query(String name) {
    return Optional.ofNullable(Request.extractQueryParameters(request).getValue(name));
  }

  /** Returns all values of a header, in the order in which they were sent. */
  public List<String> headers(String name) {
    return request.getHeaders().getValuesList(name);
  }

  /** Returns host and port as the request names them; an HTTP/1.0 request may have none. */
  public Optional<String> authority() {
    return Optional.ofNullable(request.getHttpURI().getAuthority())
        .or(() -> Optional.ofNullable(request.getHeaders().get(HttpHeader.HOST)));
  }

  /** Returns the name of the port that received the request. */
  String port() {
    return request.getConnectionMetaData().getConnector().getName();
  }

  /** Returns the address of the connected peer. */
  InetAddress peer() {
    return ((InetSocketAddress) request.getConnectionMetaData().getRemoteSocketAddress())
        .getAddress();
  }

  /** Returns the announced length of the body in bytes, if any. */
  OptionalLong contentLength() {
    long length = request.getLength();
    return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
  }

  /** Returns the body. A read fails after {@link HttpServer#STALL_TIMEOUT} without a byte. */
  InputStream body() throws IOException {
    InputStream body = Content.Source.asInputStream(request);
    if (body.available() < request.getLength() || request.getLength() < 0) {
      limitStalls(); // a body that has already arrived needs no timer
    }
    return body;
  }

  /**
   * Makes reads and writes of this request fail after {@link HttpServer#STALL_TIMEOUT} without
   * progress. Not used for every request, because setting a timer costs more than most requests.
   */
  private void limitStalls() {
    if (!stallsAreLimited) {
      stallsAreLimited = true;
      endPoint().setIdleTimeout(HttpServer.STALL_TIMEOUT.toMillis());
    }
  }

  /** Marks the request as finished; its connection may be idle again. */
  void requestEnds() {
    if (stallsAreLimited) {
      endPoint().setIdleTimeout(HttpServer.IDLE_TIMEOUT.toMillis());
    }
    connection.requestEnds();
  }

  private EndPoint endPoint() {
    return request.getConnectionMetaData().getConnection().getEndPoint();
  }

  /** Closes the connection without a response. */
  void abort() {
    endPoint().close();
  }

  /** Records that the client has sent a part of the request, which delays an eviction. */
  void recordClientProgress() {
    connection.waitForClient();
  }

  /** Records that the request is complete and being processed, which prevents an eviction. */
  void recordProcessing() {
    connection.process();
  }

  /** Sets a header of the response. */
  public void header(String name, String value) {
    response.getHeaders().put(name, value);
  }

  /**
   * Sends a whole response, which must be small: it is in memory until the client has read it. A
   * response of a few kilobytes may stay there until its connection is evicted.
   *
   * @throws IOException if the client has disconnected or does not read
   */
  public void send(int status, String contentType, byte[] body) throws IOException {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    connection.waitForClient();
    if (body.length > MAX_UNTIMED_BYTES) {
      limitStalls(); // one of these for each connection would fill the memory
    }
    Content.Sink.write(response, true, ByteBuffer.wrap(body));
  }

  /** Sends a response without a body. */
  public void send(int status) {
    response.setStatus(status);
  }

  /**
   * Starts a response of any length with status 200, which is complete when the stream is closed.
   * Writes block until the client reads, and fail if it does not.
   */
  public OutputStream stream(String contentType) {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    limitStalls();
    return new BufferedOutputStream(
        new TrackedOutputStream(Content.Sink.asOutputStream(response)), STREAM_BUFFER_BYTES);
  }

  /** Protects the connection while the tower produces data, but not while the client reads. */
  private final class TrackedOutputStream extends FilterOutputStream {
    TrackedOutputStream(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      connection.waitForClient();
      out.write(bytes, offset, length);
      connection.process();
    }
  }
}
