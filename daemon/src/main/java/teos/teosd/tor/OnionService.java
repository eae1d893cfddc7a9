package teos.teosd.tor;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.HostPort;

/**
 * Onion service that exists until it is closed. Tor keeps it while the connection to its control
 * port is open, so this keeps the connection open and reconnects with a backoff when Tor stops. The
 * tower does not depend on it: it watches with or without Tor.
 */
public final class OnionService implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OnionService.class);
  private static final Duration MIN_PAUSE = Duration.ofSeconds(1);
  private static final Duration MAX_PAUSE = Duration.ofMinutes(1);

  private final int controlPort;
  private final String password;
  private final List<Forward> forwards;
  private final Consumer<String> onAdded;
  private final OnionKeyFile keyFile;
  private final Thread thread;
  private volatile @Nullable String address;
  private @Nullable String lastProblem;

  /**
   * Port of the onion address.
   *
   * @param target where Tor forwards its connections
   */
  public record Forward(int onionPort, HostPort target) {}

  private OnionService(
      int controlPort,
      String password,
      List<Forward> forwards,
      OnionKeyFile keyFile,
      Consumer<String> onAdded) {
    this.controlPort = controlPort;
    this.password = password;
    this.forwards = List.copyOf(forwards);
    this.onAdded = onAdded;
    this.keyFile = keyFile;
    this.thread = Thread.ofVirtual().name("onion-service").start(this::run);
  }

  /**
   * Starts the service in the background.
   *
   * @param controlPort of the Tor on this machine
   * @param password for the control port; may be empty
   * @param forwards ports of the onion address
   * @param dataDir folder of the service's key, which is created if needed
   * @param onAdded receives the onion address each time that Tor has added it
   */
  public static OnionService start(
      int controlPort,
      String password,
      List<Forward> forwards,
      Path dataDir,
      Consumer<String> onAdded) {
    return new OnionService(controlPort, password, forwards, new OnionKeyFile(dataDir), onAdded);
  }

  /** Returns the onion address, such as {@code abc….onion}; empty while Tor is unavailable. */
  public Optional<String> address() {
    return Optional.ofNullable(address);
  }

  private void run() {
    Duration pause = MIN_PAUSE;
    while (!Thread.currentThread().isInterrupted()) {
      try (ControlConnection tor = ControlConnection.connect(controlPort)) {
        ControlAuth.choose(tor, password).authenticate(tor);
        String added = add(tor);
        address = added;
        pause = MIN_PAUSE;
        lastProblem = null;
        onAdded.accept(added);
        tor.awaitEnd();
        logProblem("Tor closed the connection");
      } catch (IOException | RuntimeException e) {
        logProblem(String.valueOf(e.getMessage()));
        log.debug("onion service failed", e);
      }
      address = null;
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
      Duration longer = pause.multipliedBy(2);
      pause = longer.compareTo(MAX_PAUSE) < 0 ? longer : MAX_PAUSE;
    }
  }

  private String add(ControlConnection tor) throws IOException {
    Optional<String> stored = keyFile.load();
    List<String> reply =
        tor.request(
            "ADD_ONION "
                + stored.orElse("NEW:ED25519-V3")
                + forwards.stream()
                    .map(forward -> " Port=" + forward.onionPort() + "," + forward.target())
                    .collect(Collectors.joining()));
    if (stored.isEmpty()) {
      keyFile.store(field(reply, "PrivateKey="));
    }
    return field(reply, "ServiceID=") + ".onion";
  }

  private static String field(List<String> reply, String name) throws TorException {
    return reply.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(name.length()))
        .orElseThrow(() -> new TorException("Tor's reply to ADD_ONION has no " + name));
  }

  /** Logs a problem, once until it changes. */
  private void logProblem(String problem) {
    if (!Thread.currentThread().isInterrupted() && !problem.equals(lastProblem)) {
      log.atWarn().addKeyValue("error", problem).log("onion service unavailable, retrying");
    }
    lastProblem = problem;
  }

  /** Removes the service. */
  @Override
  public void close() {
    thread.interrupt(); // closes the socket that the thread reads from
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
