package teos.client.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;

/** HTTP proxy in front of a tower that changes its responses. */
final class TowerProxy implements AutoCloseable {

  private final HttpServer server;
  private final String tower;
  private final Change change;

  record Reply(int status, String body) {}

  interface Change {
    /** Returns what the client gets instead of the tower's reply to a request for {@code path}. */
    Reply change(String path, Reply reply) throws IOException;
  }

  /**
   * @param tower HOST:PORT
   */
  TowerProxy(String tower, Change change) throws IOException {
    this.tower = tower;
    this.change = change;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::forward);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void forward(HttpExchange exchange) throws IOException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(URI.create("http://" + tower + exchange.getRequestURI()))
                  .POST(BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()))
                  .build(),
              BodyHandlers.ofString());
      Reply reply =
          change.change(
              exchange.getRequestURI().getPath(),
              new Reply(response.statusCode(), response.body()));
      byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
