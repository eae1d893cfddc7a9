package teos.cln;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import teos.testkit.TestTimeouts;

/** lightningd's side of the conversation with the plugin, which runs as a process. */
final class FakeLightningd implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Process process;
  private final Map<String, JsonNode> answers = new HashMap<>();
  private final List<String> log = new ArrayList<>();
  private final StringBuilder raw = new StringBuilder();
  private int lastId;
  private boolean ended;

  private FakeLightningd(Process process) {
    this.process = process;
    var _ = Thread.ofVirtual().start(this::read);
  }

  /** Returns the command that runs the plugin. */
  static List<String> command(String... jvmOptions) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx48m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of(jvmOptions));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), TeosCln.class.getName()));
    return command;
  }

  /** Starts the plugin with lightningd's and the user's folders in {@code folder}. */
  static FakeLightningd launch(Path folder, String... jvmOptions) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command(jvmOptions)).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("HOME", folder.toString());
    builder.environment().remove("TOWERS_DATA_DIR");
    builder.environment().remove("TEOS_CLN_DATA_DIR");
    return new FakeLightningd(builder.start());
  }

  /** Launches the plugin and initialises it with short retry delays. */
  static FakeLightningd start(Path folder) throws Exception {
    return start(folder, MAPPER.createObjectNode().put("dev-watchtower-max-retry-interval", 1));
  }

  static FakeLightningd start(Path folder, ObjectNode options) throws Exception {
    FakeLightningd lightningd = launch(folder);
    JsonNode ready = lightningd.init(folder, options);
    if (!ready.path("result").isEmpty()) {
      throw new AssertionError(ready);
    }
    return lightningd;
  }

  /** Sends {@code init} and returns the answer. */
  JsonNode init(Path folder, ObjectNode options) throws Exception {
    ObjectNode params = MAPPER.createObjectNode();
    params.set("options", options);
    params
        .putObject("configuration")
        .put("lightning-dir", folder.resolve("lightning/regtest").toString())
        .put("rpc-file", "lightning-rpc")
        .put("startup", true)
        .put("network", "regtest");
    return call("init", params);
  }

  static Path dataFolder(Path folder) {
    return folder.resolve("lightning/regtest/teos-cln");
  }

  /** Sends text as it is. */
  void send(String text) throws IOException {
    process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Sends a request without waiting for its answer; returns its id. */
  synchronized String request(String method, JsonNode params) throws IOException {
    String id = "cli:" + method + "#7/cln:" + method + "#" + ++lastId;
    ObjectNode json = MAPPER.createObjectNode().put("jsonrpc", "2.0").put("id", id);
    json.put("method", method).set("params", params);
    send(json + "\n\n");
    return id;
  }

  /** Sends a request and returns its answer. */
  JsonNode call(String method, JsonNode params) throws Exception {
    return answer(request(method, params));
  }

  /** Sends a request with a list of texts as parameters and returns its result. */
  JsonNode result(String method, String... params) throws Exception {
    JsonNode answer = call(method, MAPPER.valueToTree(params));
    if (!answer.has("result")) {
      throw new AssertionError(answer);
    }
    return answer.path("result");
  }

  /** Waits for the answer with this id. */
  synchronized JsonNode answer(String id) throws InterruptedException {
    await(() -> answers.containsKey(id), "no answer to " + id);
    return Objects.requireNonNull(answers.get(id));
  }

  /** Waits for a line of the plugin's log. */
  synchronized void awaitLog(Predicate<String> line) throws InterruptedException {
    await(() -> log.stream().anyMatch(line), "not in the log: " + log);
  }

  synchronized List<String> log() {
    return List.copyOf(log);
  }

  /** Returns all that the plugin has written. */
  synchronized String written() {
    return raw.toString();
  }

  private interface Condition {
    boolean holds();
  }

  private void await(Condition condition, String failure) throws InterruptedException {
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!condition.holds()) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (ended || millis <= 0) {
        throw new AssertionError(failure + (ended ? "; the plugin has ended" : ""));
      }
      wait(millis);
    }
  }

  private void read() {
    StringBuilder pending = new StringBuilder();
    byte[] buffer = new byte[8192];
    try (InputStream in = process.getInputStream()) {
      int count = in.read(buffer);
      while (count >= 0) {
        String text = new String(buffer, 0, count, StandardCharsets.ISO_8859_1);
        synchronized (this) {
          raw.append(text);
        }
        int searched = Math.max(0, pending.length() - 1);
        pending.append(text);
        int end = pending.indexOf("\n\n", searched);
        while (end >= 0) {
          accept(pending.substring(0, end));
          pending.delete(0, end + 2);
          end = pending.indexOf("\n\n");
        }
        count = in.read(buffer);
      }
    } catch (IOException e) {
      // the plugin was killed
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  private synchronized void accept(String text) throws JsonProcessingException {
    JsonNode json = MAPPER.readTree(text);
    if (json.path("method").asText().equals("log")) {
      JsonNode params = json.path("params");
      log.add(params.path("level").asText() + " " + params.path("message").asText());
    } else {
      answers.put(json.path("id").asText(), json);
    }
    notifyAll();
  }

  long pid() {
    return process.pid();
  }

  /** Kills the plugin, as {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Closes the plugin's input, as lightningd does at its end; returns the exit code. */
  int closeInput() throws Exception {
    process.getOutputStream().close();
    if (!process.waitFor(TestTimeouts.EVENT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("the plugin does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
