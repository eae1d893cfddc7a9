package teos.teosd.tor;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An onion service that lasts as long as this is open. Tor keeps it for as long as the connection to
 * its control port lasts, so that is kept; when Tor goes, it is looked for again and again. The
 * tower does without meanwhile: it watches, whether anybody finds it by Tor or not.
 */
public final class OnionService implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OnionService.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final int controlPort;
  private final String password;
  private final int onionPort;
  private final int target;
  private final OnionKeyFile keyFile;
  private final Thread thread;
  private volatile @Nullable String address;
  private @Nullable String complaint;

  private OnionService(
      int controlPort, String password, int onionPort, int target, OnionKeyFile keyFile) {
    this.controlPort = controlPort;
    this.password = password;
    this.onionPort = onionPort;
    this.target = target;
    this.keyFile = keyFile;
    this.thread = Thread.ofVirtual().name("onion-service").start(this::keepUp);
  }

  /**
   * Starts one, and does not wait for Tor.
   *
   * @param controlPort of the Tor on this machine
   * @param password for it; may be empty
   * @param onionPort where the onion address answers
   * @param target the port on 127.0.0.1 that Tor hands its connections to
   * @param dataDir where its key is, or is to be
   */
  public static OnionService start(
      int controlPort, String password, int onionPort, int target, Path dataDir) {
    return new OnionService(controlPort, password, onionPort, target, new OnionKeyFile(dataDir));
  }

  /** The onion address, such as {@code abc….onion}; none while Tor is away. */
  public Optional<String> address() {
    return Optional.ofNullable(address);
  }

  private void keepUp() {
    Duration pause = FIRST_PAUSE;
    while (!Thread.currentThread().isInterrupted()) {
      try (ControlLines tor = ControlLines.connect(controlPort)) {
        ControlAuth.choose(tor, password).pass(tor);
        String added = add(tor);
        address = added;
        pause = FIRST_PAUSE;
        complaint = null;
        log.info("onion service at {}:{}", added, onionPort);
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

  private String add(ControlLines tor) throws IOException {
    Optional<String> stored = keyFile.load();
    List<String> answer =
        tor.ask(
            "ADD_ONION " + stored.orElse("NEW:ED25519-V3") + " Port=" + onionPort + ",127.0.0.1:"
                + target);
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
