package teos.teosd;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import teos.bitcoin.NodeStatus;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.tower.appointments.AppointmentAccepted;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.appointments.AppointmentService;
import teos.tower.appointments.Deletion;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.inventory.Inventory;
import teos.tower.sessions.SessionKeeper;
import teos.tower.store.UserRecord;

/**
 * What the tower does for whoever asks, whichever way they ask: the one door between the APIs and
 * the tower. It signs what the tower answers for. Safe for any number of threads.
 */
public final class InternalApi {

  /** Locators that are read at a time: some 15 kB for each client that is being answered. */
  public static final int LOCATORS_OF_A_PAGE = 256;

  private final AppointmentService appointments;
  private final Gatekeeper gatekeeper;
  private final Inventory inventory;
  private final SessionKeeper sessions;
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
      SessionKeeper sessions,
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

  /** A receipt and the tower's signature of it. */
  public record Registration(RegistrationReceipt receipt, String signature) {}

  /** An appointment that the tower has taken, with its signature of the receipt. */
  public record SignedAcceptance(AppointmentAccepted accepted, String signature) {}

  /** The sessions of lnd's clients. */
  public SessionKeeper sessions() {
    return sessions;
  }

  /** The tower's id. */
  public PublicKey towerId() {
    return towerKey.publicKey();
  }

  /** Whether bitcoind answers, and is fit for the tower. */
  public boolean bitcoindReachable() {
    return node.get() instanceof NodeStatus.State.Fine;
  }

  /** Why no subscription can be dated now, if none can: bitcoind cannot be relied upon. */
  public Optional<String> whyNoRegistration() {
    return switch (node.get()) {
      case NodeStatus.State.Fine fine -> Optional.empty();
      case NodeStatus.State.Away away -> Optional.of(noSubscription(away.why()));
      case NodeStatus.State.Unfit unfit -> Optional.of(noSubscription(unfit.why()));
    };
  }

  /** Who may register. */
  public Admission admission() {
    return admission;
  }

  private static String noSubscription(String why) {
    return why + ": no subscription can be dated now";
  }

  /**
   * Why no appointment can be taken now, if none can: with a bitcoind that is merely away one can,
   * because every block is looked at when it is back.
   */
  public Optional<String> whyNoAppointments() {
    return node.get() instanceof NodeStatus.State.Unfit(String why)
        ? Optional.of(why + ": no appointment can be taken now")
        : Optional.empty();
  }

  /**
   * Registers {@code user}, who asked in {@code dialect}.
   *
   * @throws Gatekeeper.MaxSlotsReachedException if the user would have more slots than a u32 holds
   */
  public Registration register(PublicKey user, Dialect dialect) {
    RegistrationReceipt receipt = gatekeeper.addOrUpdateUser(user, dialect);
    return new Registration(receipt, sign(receipt.signedBytes(dialect)));
  }

  /** The registered user that signed {@code message}, if it was one. */
  public Optional<UserRecord> authenticate(byte[] message, String signature) {
    return gatekeeper.authenticate(message, signature);
  }

  /** Who signed {@code message}, if it was a registered user: for {@link #addAppointment}. */
  public Optional<Gatekeeper.Signer> signer(byte[] message, String signature) {
    return gatekeeper.signer(message, signature);
  }

  /** Whether the user's subscription has ended. */
  public boolean hasExpired(UserRecord user) {
    return gatekeeper.hasExpired(user);
  }

  /**
   * Takes an appointment; on disk when this returns.
   *
   * @param dialect in which its receipt is signed
   * @throws AppointmentRejectedException if the tower does not take it
   */
  public SignedAcceptance addAppointment(
      Appointment appointment, String userSignature, PublicKey user, Dialect dialect)
      throws AppointmentRejectedException {
    AppointmentAccepted accepted = appointments.addAppointment(appointment, userSignature, user);
    AppointmentReceipt receipt = accepted.receipt();
    return new SignedAcceptance(accepted, sign(receipt.signedBytes(dialect)));
  }

  /**
   * Takes an appointment; on disk when this returns. Its receipt is signed in the user's dialect.
   *
   * @throws AppointmentRejectedException if the tower does not take it
   */
  public SignedAcceptance addAppointment(
      Appointment appointment, String userSignature, PublicKey user)
      throws AppointmentRejectedException {
    AppointmentAccepted accepted = appointments.addAppointment(appointment, userSignature, user);
    return new SignedAcceptance(
        accepted, sign(accepted.receipt().signedBytes(accepted.dialect())));
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
  public Deletion deleteAppointment(
      Locator locator, UserRecord user, OptionalLong startBlock, String userSignature) {
    return appointments.deleteAppointment(locator, user.id(), startBlock, userSignature);
  }

  /** The user's appointment for {@code locator}. */
  public Optional<AppointmentInfo> appointment(Locator locator, UserRecord user) {
    return appointments.appointment(locator, user.id());
  }

  /**
   * Returns the locators of the user's appointments that come after {@code after}, in their order:
   * {@link #LOCATORS_OF_A_PAGE} of them, or fewer if these are the last.
   */
  public List<Locator> locators(UserRecord user, Optional<Locator> after) {
    return inventory.locatorsOf(user.id(), after, LOCATORS_OF_A_PAGE);
  }

  /** A registered user, for the operator. */
  public Optional<UserRecord> user(PublicKey id) {
    return gatekeeper.user(id);
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
