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
 * An onion service that lasts as long as this is open. Tor keeps it for as long as the connection
 * to its control port lasts, so that is kept; when Tor goes, it is looked for again and again. The
 * tower does without meanwhile: it watches, whether anybody finds it by Tor or not.
 */
public final class OnionService implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OnionService.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final int controlPort;
  private final String password;
  private final List<Forward> forwards;
  private final Consumer<String> onAdded;
  private final OnionKeyFile keyFile;
  private final Thread thread;
  private volatile @Nullable String address;
  private @Nullable String complaint;

  /**
   * Port of the onion address.
   *
   * @param target what Tor hands its connections to
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
    this.thread = Thread.ofVirtual().name("onion-service").start(this::keepUp);
  }

  /**
   * Starts one, and does not wait for Tor.
   *
   * @param controlPort of the Tor on this machine
   * @param password for it; may be empty
   * @param forwards the ports at which the onion address answers
   * @param dataDir where its key is, or is to be
   * @param onAdded told of the onion address each time that Tor has added it
   */
  public static OnionService start(
      int controlPort,
      String password,
      List<Forward> forwards,
      Path dataDir,
      Consumer<String> onAdded) {
    return new OnionService(controlPort, password, forwards, new OnionKeyFile(dataDir), onAdded);
  }

  /** The onion address, such as {@code abc….onion}; none while Tor is away. */
  public Optional<String> address() {
    return Optional.ofNullable(address);
  }

  private void keepUp() {
    Duration pause = FIRST_PAUSE;
    while (!Thread.currentThread().isInterrupted()) {
      try (ControlConnection tor = ControlConnection.connect(controlPort)) {
        ControlAuth.choose(tor, password).pass(tor);
        String added = add(tor);
        address = added;
        pause = FIRST_PAUSE;
        complaint = null;
        onAdded.accept(added);
        tor.awaitEnd();
        complain("Tor has closed the connection");
      } catch (IOException | RuntimeException e) {
        complain(String.valueOf(e.getMessage()));
        log.debug("because of", e);
      }
      address = null;
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
      Duration longer = pause.multipliedBy(2);
      pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    }
  }

  private String add(ControlConnection tor) throws IOException {
    Optional<String> stored = keyFile.load();
    List<String> answer =
        tor.ask(
            "ADD_ONION "
                + stored.orElse("NEW:ED25519-V3")
                + forwards.stream()
                    .map(forward -> " Port=" + forward.onionPort() + "," + forward.target())
                    .collect(Collectors.joining()));
    if (stored.isEmpty()) {
      keyFile.store(field(answer, "PrivateKey="));
    }
    return field(answer, "ServiceID=") + ".onion";
  }

  private static String field(List<String> answer, String name) throws TorException {
    return answer.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(name.length()))
        .orElseThrow(() -> new TorException("Tor has added an onion service without " + name));
  }

  /** Once, for as long as nothing changes. */
  private void complain(String what) {
    if (!Thread.currentThread().isInterrupted() && !what.equals(complaint)) {
      log.warn("no onion service, trying again: {}", what);
    }
    complaint = what;
  }

  /** Ends the service. */
  @Override
  public void close() {
    thread.interrupt(); // which closes the socket that it reads from
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
