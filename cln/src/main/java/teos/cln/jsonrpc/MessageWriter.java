package teos.cln.jsonrpc;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import teos.client.json.JsonText;

/**
 * Writes messages to lightningd, each as a whole and followed by two newlines. Thread-safe. After a
 * failed write, which means that lightningd has ended, messages are dropped.
 */
public final class MessageWriter {

  private static final String END = "}\n\n";

  private final OutputStream output;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean broken;

  public MessageWriter(OutputStream output) {
    this.output = output;
  }

  /** Answers a request. */
  public void result(RequestId id, JsonNode result) {
    write(head(id) + ",\"result\":" + JsonText.compact(result) + END);
  }

  /** Writes a result that may be too large for the memory. */
  public interface ResultWriter {
    /** Writes one JSON value. */
    void write(JsonGenerator json) throws IOException;
  }

  /**
   * Answers a request with a result that is first written to a temporary file: neither a failure
   * meanwhile nor its duration concerns other answers.
   *
   * @throws IOException if the result or the temporary file fails; nothing has been answered then
   */
  public void spooledResult(RequestId id, ResultWriter result) throws IOException {
    Path file = Files.createTempFile("teos-cln-", ".json");
    try {
      try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file))) {
        stream.write((head(id) + ",\"result\":").getBytes(StandardCharsets.UTF_8));
        try (JsonGenerator json = JsonText.generator(stream)) {
          result.write(json);
        }
        stream.write(END.getBytes(StandardCharsets.UTF_8));
      }
      write(stream -> Files.copy(file, stream));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Answers a request with an error. A hook must never be answered so: that ends lightningd. */
  public void error(RequestId id, RpcException error) {
    ObjectNode json =
        JsonText.newObject().put("code", error.code()).put("message", error.getMessage());
    write(head(id) + ",\"error\":" + JsonText.compact(json.putNull("data")) + END);
  }

  /** Sends a notification, which has no answer. */
  public void notify(String method, ObjectNode params) {
    ObjectNode json = JsonText.newObject().put("jsonrpc", "2.0").put("method", method);
    json.set("params", params);
    write(JsonText.compact(json) + "\n\n");
  }

  private static String head(RequestId id) {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + id.json();
  }

  private interface Action {
    void writeTo(OutputStream output) throws IOException;
  }

  private void write(String message) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    write(stream -> stream.write(bytes));
  }

  private void write(Action action) {
    lock.lock();
    try {
      if (!broken) {
        action.writeTo(output);
        output.flush();
      }
    } catch (IOException e) {
      broken = true;
    } finally {
      lock.unlock();
    }
  }
}
