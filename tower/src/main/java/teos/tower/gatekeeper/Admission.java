package teos.tower.gatekeeper;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.store.InvitationsDBM;
import teos.tower.store.UsersDBM;

/**
 * Decides who may register: everybody, users that the operator has listed, or users that the
 * operator has invited while the tower runs. A tower that is full admits no new users, but existing
 * users can still send appointments and renew.
 */
public final class Admission {

  private final Database database;
  private final UsersDBM users;
  private final Capacity capacity;
  private final InvitationsDBM invitations = new InvitationsDBM();
  private final AdmissionSettings settings;
  private final InstantSource clock;

  public Admission(
      Database database,
      UsersDBM users,
      Capacity capacity,
      AdmissionSettings settings,
      InstantSource clock) {
    this.database = database;
    this.users = users;
    this.capacity = capacity;
    this.settings = settings;
    this.clock = clock;
  }

  /** Decides whether {@code user} may register or renew. */
  public AdmissionResult check(PublicKey user) {
    boolean admitted =
        switch (settings.policy()) {
          case OPEN -> true;
          case LIST -> settings.listed().contains(user);
          case INVITATION -> database.read(handle -> invitations.isInvited(handle, user));
        };
    if (!admitted) {
      return new AdmissionResult.Closed(
          settings.policy() == RegistrationPolicy.LIST
              ? "This tower is for the users that its operator has listed"
              : "This tower is for users that its operator has invited");
    }
    return capacity
        .noNewDataReason()
        .or(() -> capacity.noNewUsersReason().filter(reason -> !isRegistered(user)))
        .<AdmissionResult>map(AdmissionResult.Full::new)
        .orElseGet(AdmissionResult.Admitted::new);
  }

  private boolean isRegistered(PublicKey user) {
    return database.read(handle -> users.load(handle, user)).isPresent();
  }

  /** Returns why invitations have no effect, for the operator; empty if they have. */
  public Optional<String> invitationsIgnoredReason() {
    return switch (settings.policy()) {
      case OPEN ->
          Optional.of(
              "this has no effect now: with registration = open everybody can register. Invitations"
                  + " take effect if the tower is started with registration = invitation");
      case LIST ->
          Optional.of(
              "this has no effect now: with registration = list only registration_keys can"
                  + " register. Invitations take effect if the tower is started with registration ="
                  + " invitation");
      case INVITATION -> Optional.empty();
    };
  }

  /** Invites {@code user}; does nothing if {@code user} is invited already. */
  public void invite(PublicKey user) {
    database.execute(
        handle -> {
          invitations.store(handle, user, clock.instant());
        });
  }

  /**
   * Withdraws an invitation. A user who has registered keeps the subscription until it ends.
   *
   * @return false if there was none
   */
  public boolean withdraw(PublicKey user) {
    return database.write(handle -> invitations.delete(handle, user));
  }

  /** Returns up to {@code limit} invited users with ids after {@code after}, in ascending order. */
  public List<PublicKey> invited(Optional<PublicKey> after, int limit) {
    return database.read(handle -> invitations.list(handle, after, limit));
  }
}
