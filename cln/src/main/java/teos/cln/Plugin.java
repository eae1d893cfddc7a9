package teos.cln;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.cln.hook.CommitmentRevocation;
import teos.cln.jsonrpc.BrokenMessage;
import teos.cln.jsonrpc.Log;
import teos.cln.jsonrpc.MessageReader;
import teos.cln.jsonrpc.MessageReader.Message;
import teos.cln.jsonrpc.MessageWriter;
import teos.cln.jsonrpc.Request;
import teos.cln.jsonrpc.RequestId;
import teos.cln.jsonrpc.RpcException;
import teos.cln.manifest.Manifest;
import teos.cln.method.Command;

/**
 * The conversation with lightningd: reads its messages until it closes the input, and answers each
 * on a thread of its own, as up to nine calls of the hook are open at once and may be answered in
 * any order.
 */
final class Plugin {

  /**
   * How long the calls of the hook that are open at the end may take to write to disk: longer than
   * they wait for the lock of a tower's files.
   */
  private static final long CLOSE_SECONDS = 35;

  private static final int ANSWER_ATTEMPTS = 100;

  private final MessageReader reader;
  private final MessageWriter writer;
  private final Log log;
  private final Environment environment;
  private final ExecutorService hooks = Executors.newVirtualThreadPerTaskExecutor();
  private final ExecutorService commands = Executors.newVirtualThreadPerTaskExecutor();
  private @Nullable Session session;

  Plugin(InputStream input, OutputStream output, Environment environment) {
    this.reader = new MessageReader(input);
    this.writer = new MessageWriter(output);
    this.log = new Log(writer);
    this.environment = environment;
  }

  /** Runs until lightningd closes the input; the states of all hook calls are then on disk. */
  void run() throws IOException, InterruptedException {
    try {
      Optional<Message> message = reader.read();
      while (message.isPresent()) {
        handle(message.get());
        message = reader.read();
      }
    } finally {
      hooks.shutdown();
      boolean ignored = hooks.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
      commands.shutdownNow();
      if (session != null) {
        session.close();
      }
    }
  }

  private void handle(Message message) {
    Request request;
    try {
      if (!message.complete()) {
        throw new MalformedException("the message is larger than 1 MiB");
      }
      request = Request.parse(message.text());
    } catch (MalformedException | RuntimeException | StackOverflowError e) {
      answerBroken(message, String.valueOf(e.getMessage()));
      return;
    }
    if (request.id().isEmpty()) {
      return; // a notification
    }
    RequestId id = request.id().get();
    switch (request.method()) {
      case "getmanifest" -> writer.result(id, Manifest.json());
      case "init" -> writer.result(id, start(request.params()));
      case CommitmentRevocation.NAME -> hooks.execute(() -> hook(id, request.params()));
      default -> commands.execute(() -> command(id, request));
    }
  }

  private void answerBroken(Message message, String why) {
    BrokenMessage broken = BrokenMessage.of(message.text());
    log.warn("A message of lightningd cannot be read why=" + why);
    if (broken.id().isEmpty()) {
      return;
    }
    if (broken.isHook()) {
      writer.result(broken.id().get(), CommitmentRevocation.proceed());
    } else {
      writer.error(
          broken.id().get(),
          new RpcException(
              "The command is not valid JSON ("
                  + why
                  + "). Quote host names and IP"
                  + " addresses, or use TOWER_ID@HOST:PORT"));
    }
  }

  /** Returns the answer to {@code init}: with the reason if the plugin cannot run. */
  private JsonNode start(JsonNode params) {
    try {
      session = Session.open(params, environment, log);
      return JsonText.newObject();
    } catch (IOException | RuntimeException | LinkageError e) {
      String why = e instanceof IllegalArgumentException ? e.getMessage() : e.toString();
      log.error("The watchtower plugin cannot run reason=" + why);
      return JsonText.newObject().put("disable", why);
    }
  }

  private void hook(RequestId id, JsonNode params) {
    try {
      if (session != null) {
        session.hook().handle(params);
      }
    } catch (Throwable e) {
      logLost(e);
    } finally {
      proceed(id);
    }
  }

  private void logLost(Throwable e) {
    try {
      log.error("A revoked state may be lost reason=" + e);
    } catch (OutOfMemoryError ignored) {
      // the answer matters more
    }
  }

  /**
   * Answers the hook, for which lightningd waits for ever, also if memory is short for a moment.
   */
  private void proceed(RequestId id) {
    for (int attempt = 1; ; attempt++) {
      try {
        writer.result(id, CommitmentRevocation.proceed());
        return;
      } catch (OutOfMemoryError e) {
        if (attempt == ANSWER_ATTEMPTS) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    }
  }

  private void command(RequestId id, Request request) {
    try {
      if (session == null) {
        throw new RpcException("The plugin has not been started");
      }
      Command command =
          session
              .commands()
              .find(request.method())
              .orElseThrow(() -> RpcException.unknownMethod(request.method()));
      command.answer(id, request.params(), writer);
    } catch (RpcException e) {
      writer.error(id, e);
    } catch (IOException e) {
      log.error("A command has failed command=" + request.method() + " reason=" + e);
      writer.error(id, new RpcException("The plugin's files cannot be used: " + e));
    } catch (Throwable e) {
      log.error("A command has failed command=" + request.method() + " reason=" + e);
      writer.error(id, new RpcException("The command has failed: " + e));
    }
  }
}
