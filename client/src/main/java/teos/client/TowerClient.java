package teos.client;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;

/**
 * A user's client of any number of watchtowers: those of python-teos (dialect v1), rust-teos (v2)
 * and this project.
 *
 * <p>All state is in one folder, which several threads, clients and processes may share. An
 * appointment is on disk before it is sent, and stays queued until the tower's receipt has been
 * verified and is on disk, so a killed process loses nothing. Retries send the same appointment,
 * which towers accept as an update.
 *
 * <p>Methods throw {@link IOException} if the folder cannot be read or written, {@link
 * TowerException} if a tower does not answer, answers with an error or misbehaves, and {@link
 * NotRegisteredException} if the user is not registered with the tower.
 */
public final class TowerClient implements AutoCloseable {

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
   * Opens a client without reading or writing anything yet.
   *
   * @param folder such as {@code ~/.teos_client}, also that of python-teos's client; created on the
   *     first write
   */
  public static TowerClient open(Path folder, ClientOptions options) {
    return new TowerClient(
        new ClientFolder(folder, options.keyFile().orElse(folder.resolve("user_sk.der"))), options);
  }

  /** Returns the user's id. Creates the user's key if there is none. */
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
   * Registers with a tower or renews the subscription, makes the tower the default and sends its
   * queue. Clears a mark of misbehaviour; the proofs are kept.
   *
   * @throws TowerException if the tower does not answer, answers with an error, or another key has
   *     signed the registration
   * @throws IllegalArgumentException as {@link #register(PublicKey, TowerAddress, Optional)}
   */
  public RegistrationResult register(PublicKey tower, TowerAddress address)
      throws IOException, TowerException {
    return register(tower, address, Optional.empty());
  }

  /**
   * Registers with a tower whose dialect is known.
   *
   * @param dialect if empty, the saved dialect; without one, detected from the tower's response
   * @throws IllegalArgumentException if the dialect differs from the saved one and appointments are
   *     queued
   */
  public RegistrationResult register(
      PublicKey tower, TowerAddress address, Optional<Dialect> dialect)
      throws IOException, TowerException {
    subscribe(tower, address, dialect);
    try {
      SendReport report = sendQueued(tower);
      return new RegistrationResult(requireRegistered(tower), report);
    } catch (NotRegisteredException e) {
      throw new IOException("another process has removed the tower " + tower, e);
    }
  }

  /**
   * Registers like {@link #register(PublicKey, TowerAddress)}, but does not send the tower's queue.
   */
  public KnownTower subscribe(PublicKey tower, TowerAddress address)
      throws IOException, TowerException {
    return subscribe(tower, address, Optional.empty());
  }

  private KnownTower subscribe(PublicKey tower, TowerAddress address, Optional<Dialect> dialect)
      throws IOException, TowerException {
    KnownTower known =
        new Registrar(folder.tower(tower), calls, key()).register(tower, address, dialect);
    folder.setDefaultTower(tower);
    return known;
  }

  /**
   * Adds the appointment that punishes a revoked commitment.
   *
   * @param penalty raw signed transaction that spends from the commitment
   * @param commitment txid of the revoked commitment
   * @param toSelfDelay blocks that the cheating party must wait; v1 towers reject less than 20
   */
  public AddResult add(PublicKey tower, byte[] penalty, Txid commitment, long toSelfDelay)
      throws IOException, NotRegisteredException {
    return add(tower, appointment(tower, penalty, commitment, toSelfDelay));
  }

  /** Adds an appointment that was created for the tower's dialect. */
  public AddResult add(PublicKey tower, Appointment appointment)
      throws IOException, NotRegisteredException {
    return send(tower, enqueue(tower, appointment));
  }

  /**
   * Adds an appointment with several transactions for one revoked commitment.
   *
   * @param members raw signed transactions, as docs/bundles.md describes
   * @param single transaction for a tower that does not support bundles
   * @throws IllegalArgumentException if {@code members} cannot be a bundle
   */
  public AddResult addBundle(
      PublicKey tower, List<byte[]> members, byte[] single, Txid commitment, long toSelfDelay)
      throws IOException, NotRegisteredException {
    return send(tower, enqueueBundle(tower, members, single, commitment, toSelfDelay));
  }

  /** Creates the appointment for a penalty, in the tower's dialect. */
  public Appointment appointment(PublicKey tower, byte[] penalty, Txid commitment, long toSelfDelay)
      throws IOException, NotRegisteredException {
    Dialect dialect = requireRegistered(tower).parties().dialect();
    return new Appointment(
        dialect.locator(commitment), Blob.encrypt(penalty, commitment, dialect), toSelfDelay);
  }

  /**
   * Queues an appointment. It is on disk when this returns; {@link #send}, {@link #sendQueued} or
   * the background sender sends it.
   */
  public QueueEntry enqueue(PublicKey tower, Appointment appointment)
      throws IOException, NotRegisteredException {
    return enqueue(tower, appointment, Optional.empty());
  }

  /**
   * Queues a bundle with the single transaction for a tower that does not support bundles; see
   * {@link #addBundle}. The first attempt to send decides between the two, by what the tower
   * supported when it was last asked: {@link #register} and {@link #subscription} ask. Retries send
   * the same appointment.
   */
  public QueueEntry enqueueBundle(
      PublicKey tower, List<byte[]> members, byte[] single, Txid commitment, long toSelfDelay)
      throws IOException, NotRegisteredException {
    return enqueue(
        tower,
        appointment(tower, single, commitment, toSelfDelay),
        Optional.of(
            appointment(
                tower,
                Bundle.encode(BundlePadding.pad(members, single)),
                commitment,
                toSelfDelay)));
  }

  private QueueEntry enqueue(PublicKey tower, Appointment appointment, Optional<Appointment> bundle)
      throws IOException, NotRegisteredException {
    ReceiptParties parties = requireRegistered(tower).parties();
    SecretKey user = key();
    QueueEntry entry =
        folder
            .tower(tower)
            .queue()
            .enqueue(
                parties,
                SignedAppointment.sign(user, appointment),
                bundle.map(one -> SignedAppointment.sign(user, one)),
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
    background.wake();
    return entry;
  }

  /** Sends the tower's queue up to {@code entry} and returns the result of that entry. */
  public AddResult send(PublicKey tower, QueueEntry entry)
      throws IOException, NotRegisteredException {
    requireRegistered(tower);
    return sender(tower).send(entry);
  }

  /** Sends the tower's queue once. */
  public SendReport sendQueued(PublicKey tower) throws IOException, NotRegisteredException {
    requireRegistered(tower);
    return sender(tower).sendAll();
  }

  private TowerSender sender(PublicKey tower) throws IOException {
    return new TowerSender(
        folder.tower(tower), calls, options.addressOverride(), key(), options.timeout());
  }

  /**
   * Asks the tower for an appointment and compares the answer with the receipt.
   *
   * @throws teos.client.wire.MisbehavingException if the tower has forgotten or altered an
   *     appointment that it has signed for; if it answered at the saved address, the proof has been
   *     saved and the tower is marked
   */
  public AppointmentStatus appointment(PublicKey tower, Locator locator)
      throws IOException, TowerException, NotRegisteredException {
    KnownTower known = requireRegistered(tower);
    return queries(known).appointment(known, locator);
  }

  /**
   * Asks the tower to delete an appointment, such as one of a closed channel, which frees its
   * slots. The receipt is kept but no longer binds the tower.
   *
   * @throws IllegalStateException if a version of the appointment is queued
   */
  public DeletionResult delete(PublicKey tower, Locator locator)
      throws IOException, TowerException, NotRegisteredException {
    if (!folder.tower(tower).queue().entries(locator).isEmpty()) {
      throw new IllegalStateException(
          "a version of this appointment is queued; send it before you delete it");
    }
    return queries(requireRegistered(tower)).delete(locator);
  }

  /**
   * Asks the tower about the subscription. If appointments that the tower has signed for are
   * missing from its list, saves proofs and marks the tower as misbehaving.
   */
  public SubscriptionInfo subscription(PublicKey tower)
      throws IOException, TowerException, NotRegisteredException {
    KnownTower known = requireRegistered(tower);
    return queries(known).subscription(known);
  }

  private TowerQueries queries(KnownTower tower) throws IOException {
    return new TowerQueries(
        folder.tower(tower.parties().tower()),
        calls,
        options.addressOverride().orElse(tower.address()),
        key());
  }

  /**
   * Checks that a server answers at {@code address}. A 404 counts, as python-teos has no ping.
   *
   * @return the round-trip time
   */
  public Duration ping(TowerAddress address) throws TowerException {
    long start = System.nanoTime();
    Response response = calls.ping(address);
    int status = response.recorded().status();
    if (status != 200 && status != 204 && status != 404) {
      throw new TowerErrorException(response.error());
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** Returns the newest receipt for {@code locator}. */
  public Optional<Receipt> receipt(PublicKey tower, Locator locator) throws IOException {
    return folder.tower(tower).receipts().receipt(locator);
  }

  /** Returns all towers that the user has registered with. */
  public List<KnownTower> towers() throws IOException {
    return folder.towers();
  }

  /** Returns a tower as saved; empty if the user has not registered with it. */
  public Optional<KnownTower> tower(PublicKey id) throws IOException {
    return folder.tower(id).tower();
  }

  /** Returns the files of a tower. */
  public TowerFolder towerFolder(PublicKey id) {
    return folder.tower(id);
  }

  /** Returns the tower that the user has registered with last. */
  public Optional<PublicKey> defaultTower() throws IOException {
    return folder.defaultTower();
  }

  /**
   * Removes a tower without contacting it: it keeps watching until the subscription ends. Moves
   * receipts, proofs and queue to {@code removed/}. If it was the default tower, the most recently
   * registered of the others becomes the default.
   *
   * @param evenIfQueued whether to remove it although appointments are queued
   * @return the folder that now contains its files
   * @throws IllegalStateException if appointments are queued and {@code evenIfQueued} is false, or
   *     another process is sending to the tower
   */
  public Path remove(PublicKey tower, boolean evenIfQueued)
      throws IOException, NotRegisteredException {
    TowerFolder files = folder.tower(tower);
    if (files.tower().isEmpty()) {
      throw notRegistered(tower);
    }
    LockHandle lock =
        files
            .acquireSendLock(options.timeout())
            .orElseThrow(
                () -> new IllegalStateException("another process is sending to this tower"));
    try {
      return folder.remove(tower, evenIfQueued);
    } finally {
      lock.release();
    }
  }

  /** Starts the background sender: it sends all queues, with backoff, until this is closed. */
  public void start() {
    background.start();
  }

  private KnownTower requireRegistered(PublicKey tower) throws IOException, NotRegisteredException {
    KnownTower known = folder.tower(tower).tower().orElseThrow(() -> notRegistered(tower));
    if (!known.parties().user().equals(userId())) {
      throw new NotRegisteredException(
          "registered with the tower "
              + tower
              + " under another key: "
              + known.parties().user()
              + " instead of "
              + userId());
    }
    return known;
  }

  private static NotRegisteredException notRegistered(PublicKey tower) {
    return new NotRegisteredException("not registered with the tower " + tower);
  }

  /** Stops the background sender and closes all connections. The queues stay on disk. */
  @Override
  public void close() {
    background.close();
    http.close();
  }
}
