package teos.cln.tower;

import java.io.IOException;
import java.util.Optional;
import teos.client.NotRegisteredException;
import teos.client.TowerClient;
import teos.client.store.KnownTower;
import teos.client.store.TowerFolder;
import teos.cln.jsonrpc.Log;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/** A registered tower: its files, its queue, and the loop that sends it. */
public final class Tower {

  /**
   * Delay in blocks in every appointment, as rust-teos's plugin sends it: the hook does not tell
   * the channel's. It also satisfies python-teos's minimum of 20.
   */
  static final long TO_SELF_DELAY = 42;

  private final PublicKey id;
  private final Connections connections;
  private final SendLoop loop;

  Tower(PublicKey id, Connections connections, RetryPolicy policy, Log log) {
    this.id = id;
    this.connections = connections;
    this.loop = new SendLoop(id.toHex(), new RenewingSender(connections, id, log), policy, log);
  }

  /** Starts the sending. */
  void start() throws IOException {
    Optional<KnownTower> known = connections.local().tower(id);
    boolean misbehaving =
        known
            .flatMap(KnownTower::misbehaviour)
            .filter(KnownTower.RecordedMisbehaviour::stopsSending)
            .isPresent();
    loop.start(files().queue().size() > 0, misbehaving);
  }

  void stop() {
    loop.stop();
  }

  SendLoop loop() {
    return loop;
  }

  /** Returns the tower's id. */
  public PublicKey id() {
    return id;
  }

  /** Returns the status, without contacting the tower. */
  public TowerStatus status() throws IOException {
    // A query may have found the misbehaviour, of which the loop does not know.
    boolean marked = connections.local().tower(id).flatMap(KnownTower::misbehaviour).isPresent();
    return marked ? TowerStatus.MISBEHAVING : loop.status();
  }

  /** Returns the tower as saved. */
  public KnownTower known() throws IOException {
    return connections
        .local()
        .tower(id)
        .orElseThrow(() -> new IOException("the files of tower " + id + " have been removed"));
  }

  /** Returns the tower's files. */
  public TowerFolder files() {
    return connections.local().towerFolder(id);
  }

  /** Returns the client for requests to the tower. */
  public TowerClient client() throws IOException {
    return connections.to(known().address());
  }

  /**
   * Queues the appointment for a revoked commitment. It is on disk when this returns, and is sent
   * in the background.
   *
   * @param penalty raw signed transaction that spends from the commitment
   */
  public void enqueue(byte[] penalty, Txid commitment) throws IOException, NotRegisteredException {
    TowerClient client = connections.local();
    var _ = client.enqueue(id, client.appointment(id, penalty, commitment, TO_SELF_DELAY));
    loop.appointmentQueued();
  }

  /** Retries the queue now; returns an error for the user if that is not possible. */
  public Optional<String> retry() {
    return switch (loop.retry()) {
      case STARTED -> Optional.empty();
      case ALREADY_RETRYING -> Optional.of(id + " is already being retried");
      case NOT_NEEDED ->
          Optional.of(
              "Tower status must be unreachable or have a subscription issue to manually retry");
    };
  }

  /** Reports that a request found the tower unreachable. */
  public void foundUnreachable() {
    loop.foundUnreachable();
  }
}
