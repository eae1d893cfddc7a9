package teos.teosd.api;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import teos.bitcoin.NodeStatus;
import teos.justice.JusticePolicy;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.tower.appointments.AppointmentAccepted;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.appointments.AppointmentService;
import teos.tower.appointments.Deletion;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.UserDirectory;
import teos.tower.inventory.Inventory;
import teos.tower.sessions.OpenResult;
import teos.tower.sessions.SessionService;
import teos.tower.sessions.StateUpdate;
import teos.tower.sessions.UpdateResult;
import teos.tower.store.SessionRecord;
import teos.tower.store.UserRecord;

/**
 * The one entrance of the tower: what users of every protocol may do, with all decisions on it (the
 * state of bitcoind, admission, subscriptions, capacity), and what the operator's interfaces may
 * see. HTTP, gRPC and lnd's protocol only translate between bytes and the results. Signs what the
 * tower answers for. Safe for any number of threads.
 */
public final class InternalApi {

  /** Locators that are read at a time: some 15 kB for each client that is being answered. */
  public static final int LOCATORS_OF_A_PAGE = 256;

  private final AppointmentService appointments;
  private final Gatekeeper gatekeeper;
  private final Inventory inventory;
  private final SessionService sessions;
  private final Admission admission;
  private final Supplier<NodeStatus.State> node;
  private final SecretKey towerKey;
  private final Runnable stop;

  /**
   * @param node what is so of bitcoind
   * @param towerKey the key that the tower signs with
   * @param stop has the tower begin an orderly shutdown
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
    this.towerKey = towerKey;
    this.stop = stop;
  }

  /** The tower's id. */
  public PublicKey towerId() {
    return towerKey.publicKey();
  }

  /** Whether bitcoind answers, and is fit for the tower. */
  public boolean bitcoindReachable() {
    return node.get() instanceof NodeStatus.State.Healthy;
  }

  /** Who may register, for the operator. */
  public Admission admission() {
    return admission;
  }

  /** Returns why bitcoind cannot be relied upon; empty if it can. */
  private Optional<String> whyNoBitcoind() {
    return switch (node.get()) {
      case NodeStatus.State.Healthy fine -> Optional.empty();
      case NodeStatus.State.Unavailable(String why) -> Optional.of(why);
      case NodeStatus.State.Unusable(String why) -> Optional.of(why);
    };
  }

  /**
   * Returns why nothing can be stored for users now, if nothing can: with a bitcoind that is merely
   * away it can, because every block is looked at when it is back.
   */
  private Optional<String> whyNoAppointments() {
    return node.get() instanceof NodeStatus.State.Unusable(String why)
        ? Optional.of(why + ": no appointment can be taken now")
        : Optional.empty();
  }

  /** A limit that a caller applies to a call that is otherwise granted. */
  public interface Limit<X extends Exception> {
    /**
     * Counts the call.
     *
     * @throws X if it is one too many; nothing has been done then
     */
    void count() throws X;
  }

  /**
   * Registers {@code user}, who asked in {@code dialect}; on disk when this returns.
   *
   * @param limit counted last: a registration that the tower refuses for its own reasons costs
   *     nothing
   */
  public <X extends Exception> RegistrationResult register(
      PublicKey user, Dialect dialect, Limit<X> limit) throws X {
    Optional<String> obstacle = whyNoBitcoind();
    if (obstacle.isPresent()) {
      return new RegistrationResult.Unavailable(
          obstacle.get() + ": no subscription can be dated now");
    }
    switch (admission.of(user)) {
      case Admission.Answer.Welcome welcome -> limit.count();
      case Admission.Answer.Closed(String why) -> {
        return new RegistrationResult.NotAdmitted(why);
      }
      case Admission.Answer.Full(String why) -> {
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

  /** The registered user that signed {@code message}, if it was one. */
  public Optional<UserRecord> authenticate(byte[] message, String signature) {
    return gatekeeper.authenticate(message, signature);
  }

  /** Who signed {@code message}, if it was a registered user: for {@link #addAppointment}. */
  public Optional<Gatekeeper.Signer> signer(byte[] message, String signature) {
    return gatekeeper.signer(message, signature);
  }

  /**
   * Stores an appointment; on disk when this returns. Its receipt is signed in the user's dialect.
   *
   * @param user the signer
   */
  public AddResult addAppointment(Appointment appointment, String userSignature, PublicKey user) {
    return add(appointment, userSignature, user, Optional.empty());
  }

  /** The same, with a receipt that is signed in {@code dialect}. */
  public AddResult addAppointment(
      Appointment appointment, String userSignature, PublicKey user, Dialect dialect) {
    return add(appointment, userSignature, user, Optional.of(dialect));
  }

  private AddResult add(
      Appointment appointment, String userSignature, PublicKey user, Optional<Dialect> dialect) {
    Optional<String> obstacle = whyNoAppointments();
    if (obstacle.isPresent()) {
      return new AddResult.Unavailable(obstacle.get());
    }
    try {
      AppointmentAccepted accepted = appointments.addAppointment(appointment, userSignature, user);
      return new AddResult.Accepted(
          accepted, sign(accepted.receipt().signedBytes(dialect.orElseGet(accepted::dialect))));
    } catch (AppointmentRejectedException e) {
      return new AddResult.Rejected(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /** The slots that the tower can keep, and those it has promised. */
  public Capacity capacity() {
    return gatekeeper.capacity();
  }

  /**
   * Deletes the user's appointment for {@code locator}; on disk when this returns.
   *
   * @param startBlock of the version that is deleted; empty if the request does not say
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
              "This appointment was sent more than once: start_block must say which is deleted");
      case Deletion.AlreadyTriggered triggered ->
          new DeletionResult.AlreadyTriggered(
              "The dispute of this appointment has been seen, and is being answered");
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

  /** Returns the user's subscription. */
  public SubscriptionResult subscription(UserRecord user) {
    return gatekeeper.hasExpired(user)
        ? new SubscriptionResult.Expired(user.subscriptionExpiry())
        : new SubscriptionResult.Active(user);
  }

  /**
   * Returns the locators of the user's appointments that come after {@code after}, in their order:
   * {@link #LOCATORS_OF_A_PAGE} of them, or fewer if these are the last.
   */
  public List<Locator> locators(UserRecord user, Optional<Locator> after) {
    return inventory.locatorsOf(user.id(), after, LOCATORS_OF_A_PAGE);
  }

  /**
   * Opens a session of lnd's protocol. Unlike appointments of users who have a subscription
   * already, it is refused while bitcoind is away: lnd goes to another tower, and never leaves one
   * that it has a session with.
   *
   * @param rewardScript where the tower's share goes; empty without one
   * @param maxSessions the most that there may be
   */
  public OpenResult openSession(
      PublicKey id, JusticePolicy policy, byte[] rewardScript, int maxUpdates, long maxSessions) {
    return whyNoBitcoind()
        .<OpenResult>map(OpenResult.Unavailable::new)
        .orElseGet(() -> sessions.open(id, policy, rewardScript, maxUpdates, maxSessions));
  }

  /** Stores an update of a session; on disk when this returns. */
  public UpdateResult updateSession(StateUpdate update) {
    return whyNoAppointments().isPresent()
        ? new UpdateResult.Refused(UpdateResult.Reason.UNAVAILABLE, 0)
        : sessions.apply(update);
  }

  /**
   * Deletes a session with its updates; disputes that are being answered are seen through.
   *
   * @return false if there is none
   */
  public boolean deleteSession(PublicKey id) {
    return sessions.delete(id);
  }

  /** Returns up to {@code limit} sessions that come after {@code after}, for the operator. */
  public List<SessionRecord> sessions(Optional<PublicKey> after, int limit) {
    return sessions.page(after, limit);
  }

  /** A registered user, for the operator. */
  public Optional<UserRecord> user(PublicKey id) {
    return gatekeeper.user(id);
  }

  /** When users were seen last, and the operator's names for them. */
  public UserDirectory directory() {
    return gatekeeper.directory();
  }

  /** All that the tower holds, for the operator. */
  public Inventory inventory() {
    return inventory;
  }

  /** Height of the last block that the tower has heard of. */
  public int height() {
    return gatekeeper.height();
  }

  /** Has the tower begin an orderly shutdown; returns at once. */
  public void stop() {
    stop.run();
  }

  private String sign(byte[] message) {
    return MessageSignature.sign(message, towerKey);
  }
}
