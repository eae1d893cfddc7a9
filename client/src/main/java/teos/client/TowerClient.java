package teos.client;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.client.evidence.Receipt;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.SignedAppointment;
import teos.client.store.ClientFolder;
import teos.client.store.KnownTower;
import teos.client.store.LockHandle;
import teos.client.store.QueueEntry;
import teos.client.store.TowerFolder;
import teos.client.wire.Http;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerError;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;

/**
 * A user's client of any number of watchtowers, which speaks to those of python-teos (dialect v1),
 * rust-teos (v2) and this project.
 *
 * <p>Everything is in one folder, which several threads, clients and processes may share. An
 * appointment is on disk before it is sent, and stays in a queue until the tower's receipt has been
 * checked and is on disk: a process that is killed loses nothing. What is sent again is the same
 * appointment, which towers take as an update.
 *
 * <p>Methods throw {@link IOException} if the folder cannot be read or written, {@link
 * TowerException} for what towers do, and {@link NotRegisteredException} for a tower that was never
 * registered with.
 */
public final class TowerClient implements AutoCloseable {

  private static final Duration SUBSCRIPTION_PROBLEM_TTL = Duration.ofHours(1);

  private final ClientFolder folder;
  private final ClientOptions options;
  private final Http http;
  private final TowerCalls calls;
  private final BackgroundSender background;
  private @Nullable SecretKey key;

  private TowerClient(ClientFolder folder, ClientOptions options) {
    this.folder = folder;
    this.options = options;
    this.http = new Http(options.proxy(), options.trustedCertificates(), options.timeout());
    this.calls = new TowerCalls(http);
    this.background = new BackgroundSender(this, options.backoff());
  }

  /**
   * Opens a folder; nothing is read or written yet.
   *
   * @param folder such as {@code ~/.teos_client}, which python-teos's client may have made; it is
   *     made if it is not there
   */
  public static TowerClient open(Path folder, ClientOptions options) {
    return new TowerClient(
        new ClientFolder(folder, options.keyFile().orElse(folder.resolve("user_sk.der"))), options);
  }

  /** The user's id. Makes the user's key if there is none. */
  public PublicKey userId() throws IOException {
    return key().publicKey();
  }

  private synchronized SecretKey key() throws IOException {
    if (key == null) {
      key = folder.key();
    }
    return key;
  }

  /**
   * Registers with a tower, or renews the subscription, and then sends what waits for the tower.
   * The tower is the default one from then on. What it was seen to do wrong is forgiven; the proofs
   * stay.
   *
   * @throws TowerException if the tower does not answer or refuses, or if another key has signed
   * @throws IllegalArgumentException as {@link #register(PublicKey, TowerAddress, Optional)}
   */
  public RegistrationResult register(PublicKey tower, TowerAddress address)
      throws IOException, TowerException {
    return register(tower, address, Optional.empty());
  }

  /**
   * The same for a tower of which the dialect is known.
   *
   * @param dialect if empty, the saved one, or else found out from how the tower answers
   * @throws IllegalArgumentException if the dialect is another than before, and appointments of
   *     that one wait
   */
  public RegistrationResult register(
      PublicKey tower, TowerAddress address, Optional<Dialect> dialect)
      throws IOException, TowerException {
    TowerFolder its = folder.tower(tower);
    new Registrar(its, calls, key()).register(tower, address, dialect);
    folder.setDefaultTower(tower);
    try {
      SendReport sent = sendQueued(tower);
      return new RegistrationResult(requireRegistered(tower), sent);
    } catch (NotRegisteredException e) {
      throw new IOException("the registration with " + tower + " is not there any more", e);
    }
  }

  /**
   * Hands in the appointment that punishes a revoked commitment.
   *
   * @param penalty the raw transaction that spends from the commitment, signed
   * @param commitment the revoked commitment's txid
   * @param toSelfDelay blocks that the cheater has to wait; v1 towers refuse less than 20
   */
  public AddResult add(PublicKey tower, byte[] penalty, Txid commitment, long toSelfDelay)
      throws IOException, NotRegisteredException {
    return add(tower, appointment(tower, penalty, commitment, toSelfDelay));
  }

  /** Hands in an appointment that was made for this tower's dialect. */
  public AddResult add(PublicKey tower, Appointment appointment)
      throws IOException, NotRegisteredException {
    return send(tower, enqueue(tower, appointment));
  }

  /** The appointment for a penalty, in the tower's dialect. */
  public Appointment appointment(PublicKey tower, byte[] penalty, Txid commitment, long toSelfDelay)
      throws IOException, NotRegisteredException {
    Dialect dialect = requireRegistered(tower).parties().dialect();
    return new Appointment(
        dialect.locator(commitment), Blob.encrypt(penalty, commitment, dialect), toSelfDelay);
  }

  /**
   * Puts an appointment into the tower's queue, for good once this returns; {@link #send} or {@link
   * #sendQueued} sends it, or the background sender.
   */
  public QueueEntry enqueue(PublicKey tower, Appointment appointment)
      throws IOException, NotRegisteredException {
    ReceiptParties parties = requireRegistered(tower).parties();
    QueueEntry entry =
        folder
            .tower(tower)
            .enqueue(
                parties,
                SignedAppointment.sign(key(), appointment),
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
    background.wake();
    return entry;
  }

  /** Sends the tower's queue up to {@code entry}, and says what has become of it. */
  public AddResult send(PublicKey tower, QueueEntry entry)
      throws IOException, NotRegisteredException {
    TowerFolder its = folder.tower(tower);
    Optional<LockHandle> turn = its.acquireSendLock(options.timeout());
    if (turn.isEmpty()) {
      return new AddResult.Queued(
          PendingReason.of(
              PendingReason.Kind.ANOTHER_SENDER, "another sender is busy with this tower"));
    }
    try {
      expireSubscriptionProblem(its);
      QueueSender sender = sender(tower, its);
      sender.drain(Optional.of(entry.name()));
      return its.queued(entry.name()).isPresent()
          ? new AddResult.Queued(sender.lastReason().orElseThrow())
          : sent(tower, its, entry);
    } finally {
      turn.get().release();
    }
  }

  /** By this sender or the one before; the receipt may already be a later version's. */
  private AddResult sent(PublicKey tower, TowerFolder its, QueueEntry entry)
      throws IOException, NotRegisteredException {
    Optional<Path> refused = its.rejectedFile(entry.name());
    if (refused.isPresent()) {
      return new AddResult.Rejected(its.rejectionError(refused.get()), refused.get());
    }
    KnownTower now = requireRegistered(tower);
    Receipt receipt =
        its.receipt(entry.locator())
            .orElseThrow(
                () -> new IOException("neither queue nor receipt holds " + entry.locator()));
    return new AddResult.Accepted(receipt, now.availableSlots(), now.subscriptionExpiry());
  }

  private static void expireSubscriptionProblem(TowerFolder its) throws IOException {
    Instant old = Instant.now().minus(SUBSCRIPTION_PROBLEM_TTL);
    its.update(
        tower ->
            tower.subscriptionProblem().filter(trouble -> trouble.since().isBefore(old)).isPresent()
                ? tower.withSubscriptionProblem(Optional.empty())
                : tower);
  }

  /** Sends all that waits for the tower, once. */
  public SendReport sendQueued(PublicKey tower) throws IOException, NotRegisteredException {
    TowerFolder its = folder.tower(tower);
    requireRegistered(tower);
    Optional<LockHandle> turn = its.acquireSendLock(options.timeout());
    if (turn.isEmpty()) {
      return new SendReport(
          0,
          List.of(),
          its.queuedNames().size(),
          Optional.of(
              PendingReason.of(
                  PendingReason.Kind.ANOTHER_SENDER, "another sender is busy with this tower")));
    }
    try {
      // Who asks for it explicitly has perhaps got more slots elsewhere.
      its.update(known -> known.withSubscriptionProblem(Optional.empty()));
      return sender(tower, its).drain();
    } finally {
      turn.get().release();
    }
  }

  private QueueSender sender(PublicKey tower, TowerFolder its)
      throws IOException, NotRegisteredException {
    return new QueueSender(its, calls, address(requireRegistered(tower)), key());
  }

  /**
   * Asks the tower for an appointment.
   *
   * @throws teos.client.wire.MisbehavingException if it has forgotten or altered what it signed
   *     for; at the saved address, the proof has been kept, and the tower is marked
   */
  public AppointmentStatus appointment(PublicKey tower, Locator locator)
      throws IOException, TowerException, NotRegisteredException {
    return queries(tower).appointment(requireRegistered(tower), locator);
  }

  /**
   * Has the tower delete an appointment, such as one of a channel that is closed, so that its slots
   * are free. Its receipt stays, and is worth nothing any more.
   *
   * @throws IllegalStateException if a newer version of it is on its way to the tower still
   */
  public DeletionResult delete(PublicKey tower, Locator locator)
      throws IOException, TowerException, NotRegisteredException {
    if (!folder.tower(tower).queued(locator).isEmpty()) {
      throw new IllegalStateException(
          "a version of this appointment waits to be sent: send it first");
    }
    return queries(tower).delete(locator);
  }

  /**
   * Asks the tower about the subscription. If it does not list what it has signed for, proofs are
   * kept and the tower is marked.
   */
  public SubscriptionInfo subscription(PublicKey tower)
      throws IOException, TowerException, NotRegisteredException {
    return queries(tower).subscription(requireRegistered(tower));
  }

  private TowerQueries queries(PublicKey tower) throws IOException, NotRegisteredException {
    return new TowerQueries(folder.tower(tower), calls, address(requireRegistered(tower)), key());
  }

  /**
   * Asks whether somebody answers there; python-teos's towers have no ping, and their 404 is an
   * answer too.
   *
   * @return how long it took
   */
  public Duration ping(TowerAddress address) throws TowerException {
    long start = System.nanoTime();
    Response response = calls.ping(address);
    int status = response.recorded().status();
    if (status != 200 && status != 204 && status != 404) {
      throw new TowerErrorException(TowerError.of(response.recorded(), response.retryAfter()));
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** The newest receipt for {@code locator}. */
  public Optional<Receipt> receipt(PublicKey tower, Locator locator) throws IOException {
    return folder.tower(tower).receipt(locator);
  }

  /** All towers that were registered with. */
  public List<KnownTower> towers() throws IOException {
    List<KnownTower> all = new ArrayList<>();
    for (PublicKey id : folder.towers()) {
      folder.tower(id).tower().ifPresent(all::add);
    }
    return all;
  }

  /** A tower as it is saved. */
  public Optional<KnownTower> tower(PublicKey id) throws IOException {
    return folder.tower(id).tower();
  }

  /** What is kept about a tower. */
  public TowerFolder towerFolder(PublicKey id) {
    return folder.tower(id);
  }

  /** The tower that was registered with last. */
  public Optional<PublicKey> defaultTower() throws IOException {
    return folder.defaultTower();
  }

  /**
   * Forgets a tower. It is not asked: the subscription there ends when it ends. Receipts, proofs
   * and queue are moved to {@code removed/}. If it was the default tower, the one registered with
   * last of the others is.
   *
   * @param evenIfWaiting also if appointments wait to be sent to it
   * @return the folder where everything is now
   * @throws IllegalStateException if appointments wait, or another sender is busy with the tower
   */
  public Path remove(PublicKey tower, boolean evenIfWaiting)
      throws IOException, NotRegisteredException {
    TowerFolder its = folder.tower(tower);
    if (its.tower().isEmpty()) {
      throw new NotRegisteredException("not registered with the tower " + tower);
    }
    LockHandle turn =
        its.acquireSendLock(options.timeout())
            .orElseThrow(() -> new IllegalStateException("another sender is busy with this tower"));
    Path removed;
    try {
      removed = folder.remove(tower, evenIfWaiting);
    } finally {
      turn.release();
    }
    if (folder.defaultTower().equals(Optional.of(tower))) {
      Optional<KnownTower> last =
          towers().stream().max(Comparator.comparing(KnownTower::registeredAt));
      if (last.isPresent()) {
        folder.setDefaultTower(last.get().parties().tower());
      } else {
        folder.clearDefaultTower();
      }
    }
    return removed;
  }

  /** Sends whatever waits, on a thread of its own and with backoff, until this is closed. */
  public void start() {
    background.start();
  }

  private KnownTower requireRegistered(PublicKey tower) throws IOException, NotRegisteredException {
    KnownTower known =
        folder
            .tower(tower)
            .tower()
            .orElseThrow(
                () -> new NotRegisteredException("not registered with the tower " + tower));
    if (!known.parties().user().equals(userId())) {
      throw new NotRegisteredException(
          "registered with the tower "
              + tower
              + " under another key: as "
              + known.parties().user()
              + ", not as "
              + userId());
    }
    return known;
  }

  private TowerAddress address(KnownTower tower) {
    return options.addressOverride().orElse(tower.address());
  }

  /** Ends the background sender and the connections. What waits stays in the queue. */
  @Override
  public void close() {
    background.close();
    http.close();
  }
}
