package teos.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import teos.client.wire.TowerAddress;

/** HTTP server on loopback whose responses a test defines. */
final class StubServer implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile Handler handler;

  interface Handler {
    Reply answer(String path, JsonNode body) throws Exception;
  }

  record Call(String path, JsonNode body) {}

  record Reply(int status, String body, Map<String, String> headers) {
    static Reply json(int status, Object json) {
      return new Reply(status, json.toString(), Map.of());
    }
  }

  StubServer(Handler handler) throws IOException {
    this(0, handler);
  }

  StubServer(int port, Handler handler) throws IOException {
    this.handler = handler;
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] bytes = exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().getPath();
    Reply reply;
    try {
      JsonNode body = bytes.length == 0 ? MAPPER.createObjectNode() : MAPPER.readTree(bytes);
      calls.add(new Call(path, body));
      reply = handler.answer(path, body);
    } catch (Exception e) {
      reply = new Reply(599, e.toString(), Map.of());
    }
    reply.headers().forEach(exchange.getResponseHeaders()::add);
    byte[] answer = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), answer.length == 0 ? -1 : answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  void handleWith(Handler other) {
    handler = other;
  }

  List<Call> calls() {
    return calls;
  }

  List<Call> calls(String path) {
    return calls.stream().filter(call -> call.path().equals(path)).toList();
  }

  int port() {
    return server.getAddress().getPort();
  }

  TowerAddress address() {
    return new TowerAddress("http", "127.0.0.1", port());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
