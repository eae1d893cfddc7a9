package teos.teosd.api;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import teos.bitcoin.NodeStatus;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.protocol.Signer;
import teos.teosd.signing.NativeSigner;
import teos.tower.appointments.AppointmentAccepted;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.appointments.AppointmentService;
import teos.tower.appointments.Deletion;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.AdmissionResult;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.UserDirectory;
import teos.tower.inventory.Inventory;
import teos.tower.responder.ConfirmationForecast;
import teos.tower.sessions.OpenResult;
import teos.tower.sessions.SessionService;
import teos.tower.sessions.StateUpdate;
import teos.tower.sessions.UpdateResult;
import teos.tower.store.SessionRecord;
import teos.tower.store.Tracker;
import teos.tower.store.UserRecord;

/**
 * Single entrance to the tower for all protocols. It makes all policy decisions on users' requests
 * (state of bitcoind, admission, subscriptions, capacity, session policy), signs the receipts, and
 * gives the operator's interfaces their data. HTTP, gRPC and lnd's protocol only translate between
 * bytes and its sealed results. Thread-safe.
 */
public final class InternalApi {

  /** Locators in a page of {@link #locators}: about 15 kB for each client in progress. */
  public static final int LOCATORS_PER_PAGE = 256;

  private final AppointmentService appointments;
  private final Gatekeeper gatekeeper;
  private final Inventory inventory;
  private final SessionService sessions;
  private final Admission admission;
  private final Supplier<NodeStatus.State> node;
  private final Signer towerKey;
  private final Runnable stop;

  /**
   * @param node current state of bitcoind
   * @param towerKey signs the receipts
   * @param stop starts an orderly shutdown of the tower
   */
  public InternalApi(
      AppointmentService appointments,
      Gatekeeper gatekeeper,
      Inventory inventory,
      SessionService sessions,
      Admission admission,
      Supplier<NodeStatus.State> node,
      SecretKey towerKey,
      Runnable stop) {
    this.appointments = appointments;
    this.gatekeeper = gatekeeper;
    this.inventory = inventory;
    this.sessions = sessions;
    this.admission = admission;
    this.node = node;
    this.towerKey = NativeSigner.of(towerKey);
    this.stop = stop;
  }

  /** Returns the tower's id. */
  public PublicKey towerId() {
    return towerKey.publicKey();
  }

  /** Returns whether bitcoind answers and is usable for the tower. */
  public boolean bitcoindReachable() {
    return node.get() instanceof NodeStatus.State.Healthy;
  }

  /** Returns the admission rules, for the operator. */
  public Admission admission() {
    return admission;
  }

  /** Returns what is wrong with bitcoind; empty if it is healthy. */
  private Optional<String> bitcoindProblem() {
    return switch (node.get()) {
      case NodeStatus.State.Healthy healthy -> Optional.empty();
      case NodeStatus.State.Unavailable(String why) -> Optional.of(why);
      case NodeStatus.State.Unusable(String why) -> Optional.of(why);
    };
  }

  /**
   * Returns why the tower must not accept appointments; empty if it may. A bitcoind that is only
   * unavailable does not matter: the tower checks every block once bitcoind is back.
   */
  private Optional<String> storingProblem() {
    return node.get() instanceof NodeStatus.State.Unusable(String why)
        ? Optional.of("The tower does not accept appointments: " + why)
        : Optional.empty();
  }

  /**
   * Registers {@code user}; the registration is on disk when this returns.
   *
   * @param dialect of the request, in which the receipt is signed
   * @param limit counts the registration against the caller's rate limit; called last, so that a
   *     registration that the tower refuses for another reason costs nothing
   */
  public RegistrationResult register(
      PublicKey user, Dialect dialect, Supplier<RateLimitResult> limit) {
    Optional<String> problem = bitcoindProblem();
    if (problem.isPresent()) {
      return new RegistrationResult.Unavailable("Registration is unavailable: " + problem.get());
    }
    switch (admission.check(user)) {
      case AdmissionResult.Admitted welcome -> {
        if (limit.get() instanceof RateLimitResult.Exceeded(String error, long seconds)) {
          return new RegistrationResult.RateLimited(error, seconds);
        }
      }
      case AdmissionResult.Closed(String why) -> {
        return new RegistrationResult.NotAdmitted(why);
      }
      case AdmissionResult.Full(String why) -> {
        return new RegistrationResult.Unavailable(why);
      }
    }
    try {
      RegistrationReceipt receipt = gatekeeper.addOrUpdateUser(user, dialect);
      return new RegistrationResult.Registered(receipt, sign(receipt.signedBytes(dialect)));
    } catch (Gatekeeper.MaxSlotsReachedException e) {
      return new RegistrationResult.MaxSlots(String.valueOf(e.getMessage()));
    } catch (Gatekeeper.TowerFullException e) {
      return new RegistrationResult.Unavailable(String.valueOf(e.getMessage()));
    } catch (Gatekeeper.SessionKeyException e) {
      return new RegistrationResult.SessionKey(String.valueOf(e.getMessage()));
    }
  }

  /** Returns the registered user whose key signed {@code message}; empty for any other signer. */
  public Optional<UserRecord> authenticate(byte[] message, String signature) {
    return gatekeeper.authenticate(message, signature);
  }

  /**
   * Returns the signer of {@code message} as {@link #addAppointment} needs it; empty if it is not a
   * registered user.
   */
  public Optional<Gatekeeper.Signer> signer(byte[] message, String signature) {
    return gatekeeper.signer(message, signature);
  }

  /**
   * Stores an appointment; it is on disk when this returns. The receipt is signed in the user's
   * dialect.
   *
   * @param user the signer
   */
  public AddResult addAppointment(Appointment appointment, String userSignature, PublicKey user) {
    return add(appointment, userSignature, user, Optional.empty());
  }

  /** Stores an appointment like the method above, and signs the receipt in {@code dialect}. */
  public AddResult addAppointment(
      Appointment appointment, String userSignature, PublicKey user, Dialect dialect) {
    return add(appointment, userSignature, user, Optional.of(dialect));
  }

  private AddResult add(
      Appointment appointment, String userSignature, PublicKey user, Optional<Dialect> dialect) {
    Optional<String> problem = storingProblem();
    if (problem.isPresent()) {
      return new AddResult.Unavailable(problem.get());
    }
    try {
      AppointmentAccepted accepted = appointments.addAppointment(appointment, userSignature, user);
      return new AddResult.Accepted(
          accepted, sign(accepted.receipt().signedBytes(dialect.orElseGet(accepted::dialect))));
    } catch (AppointmentRejectedException e) {
      return new AddResult.Rejected(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /** Returns how many slots the tower can hold and how many it has granted. */
  public Capacity capacity() {
    return gatekeeper.capacity();
  }

  /**
   * Deletes the user's appointment for {@code locator}; the deletion is on disk when this returns.
   *
   * @param startBlock of the version to delete; empty if the request does not name one
   */
  public DeletionResult deleteAppointment(
      Locator locator, UserRecord user, OptionalLong startBlock, String userSignature) {
    if (gatekeeper.hasExpired(user)) {
      return new DeletionResult.Expired(user.subscriptionExpiry());
    }
    return switch (appointments.deleteAppointment(locator, user.id(), startBlock, userSignature)) {
      case Deletion.Deleted(long slots) ->
          new DeletionResult.Deleted(slots, user.subscriptionExpiry());
      case Deletion.NotFound none -> new DeletionResult.NotFound();
      case Deletion.SeveralVersions several ->
          new DeletionResult.SeveralVersions(
              "This appointment was sent more than once; set start_block to the version to delete");
      case Deletion.AlreadyTriggered triggered ->
          new DeletionResult.AlreadyTriggered(
              "The dispute of this appointment has been seen, and the tower is responding to it");
    };
  }

  /** Returns the user's appointment for {@code locator}. */
  public AppointmentResult getAppointment(Locator locator, UserRecord user) {
    if (gatekeeper.hasExpired(user)) {
      return new AppointmentResult.Expired(user.subscriptionExpiry());
    }
    return appointments
        .appointment(locator, user.id())
        .<AppointmentResult>map(AppointmentResult.Found::new)
        .orElseGet(AppointmentResult.NotFound::new);
  }

  /** Returns the forecast for all trackers of an appointment, with the current fees. */
  public ConfirmationForecast forecast(List<Tracker> all) {
    return inventory.forecast(all);
  }

  /** Returns the user's subscription. */
  public SubscriptionResult subscription(UserRecord user) {
    return gatekeeper.hasExpired(user)
        ? new SubscriptionResult.Expired(user.subscriptionExpiry())
        : new SubscriptionResult.Active(user);
  }

  /**
   * Returns the next locators of the user's appointments after {@code after}, in ascending order:
   * {@link #LOCATORS_PER_PAGE} of them, or fewer on the last page.
   */
  public List<Locator> locators(UserRecord user, Optional<Locator> after) {
    return inventory.locatorsOf(user.id(), after, LOCATORS_PER_PAGE);
  }

  /**
   * Opens a session of lnd's protocol. Unlike an appointment of a registered user, it is refused
   * while bitcoind is unavailable: lnd then goes to another tower, but never leaves a tower that it
   * has a session with.
   *
   * @param limit counts the session against the caller's rate limit, once the policy allows it
   */
  public SessionResult openSession(
      PublicKey client,
      SessionRequest request,
      SessionPolicy policy,
      Supplier<RateLimitResult> limit) {
    Optional<SessionResult.Reason> refusal = policy.check(client, request);
    if (refusal.isPresent()) {
      return new SessionResult.Refused(refusal.get());
    }
    if (limit.get() instanceof RateLimitResult.Exceeded) {
      return new SessionResult.RateLimited();
    }
    Optional<String> problem = bitcoindProblem();
    if (problem.isPresent()) {
      return new SessionResult.Unavailable(problem.get());
    }
    byte[] rewardScript = policy.rewardScript(request);
    return switch (sessions.open(
        client,
        request.justicePolicy(),
        rewardScript,
        request.maxUpdates(),
        policy.maxSessions())) {
      case OpenResult.Opened opened -> new SessionResult.Opened(rewardScript);
      case OpenResult.InUse(int lastApplied) -> new SessionResult.InUse(lastApplied, rewardScript);
      case OpenResult.KeyTaken taken -> new SessionResult.KeyTaken();
      case OpenResult.Unavailable(String why) -> new SessionResult.Unavailable(why);
    };
  }

  /** Stores an update of a session; it is on disk when this returns. */
  public UpdateResult updateSession(StateUpdate update) {
    return storingProblem().isPresent()
        ? new UpdateResult.Refused(UpdateResult.Reason.UNAVAILABLE, 0)
        : sessions.apply(update);
  }

  /**
   * Deletes a session with its updates. The tower continues to respond to disputes that it has
   * already seen.
   *
   * @return false if there is no such session
   */
  public boolean deleteSession(PublicKey id) {
    return sessions.delete(id);
  }

  /** Returns up to {@code limit} sessions after {@code after}, for the operator. */
  public List<SessionRecord> sessions(Optional<PublicKey> after, int limit) {
    return sessions.page(after, limit);
  }

  /** Returns a registered user, for the operator. */
  public Optional<UserRecord> user(PublicKey id) {
    return gatekeeper.user(id);
  }

  /** Returns when users were last seen, and the operator's labels for them. */
  public UserDirectory directory() {
    return gatekeeper.directory();
  }

  /** Returns everything that the tower stores, for the operator. */
  public Inventory inventory() {
    return inventory;
  }

  /** Returns the height of the last block that the tower knows. */
  public int height() {
    return gatekeeper.height();
  }

  /** Starts an orderly shutdown of the tower; returns at once. */
  public void stop() {
    stop.run();
  }

  private String sign(byte[] message) {
    return MessageSignature.sign(message, towerKey);
  }
}
