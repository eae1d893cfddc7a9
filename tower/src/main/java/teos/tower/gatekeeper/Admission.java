package teos.tower.gatekeeper;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.store.InvitationsDBM;
import teos.tower.store.UsersDBM;

/**
 * Who may register: everybody, those whom the operator has put on a list, or those whom the
 * operator has invited while the tower runs. And how many: a tower that is full takes nobody new,
 * while those whom it has may go on, and renew.
 */
public final class Admission {

  /** Who is let in. */
  public enum RegistrationPolicy {
    /** Everybody. */
    OPEN,
    /** Those on the list of the configuration. */
    LIST,
    /** Those whom the operator has invited. */
    INVITATION
  }

  /**
   * The operator's terms.
   *
   * @param listed who is let in by {@link RegistrationPolicy#LIST}
   */
  public record Terms(RegistrationPolicy door, Set<PublicKey> listed) {
    public Terms {
      listed = Set.copyOf(listed);
    }
  }

  /** What becomes of a wish to register. */
  public sealed interface Answer {

    /** It is granted. */
    record Welcome() implements Answer {}

    /**
     * The tower is not for this user.
     *
     * @param why for the user
     */
    record Closed(String why) implements Answer {}

    /**
     * The tower takes nobody new at the moment, or its disk has no room for a renewal.
     *
     * @param why for the user
     */
    record Full(String why) implements Answer {}
  }

  private final Database database;
  private final UsersDBM users;
  private final Capacity capacity;
  private final InvitationsDBM invitations = new InvitationsDBM();
  private final Terms terms;
  private final InstantSource clock;

  public Admission(
      Database database, UsersDBM users, Capacity capacity, Terms terms, InstantSource clock) {
    this.database = database;
    this.users = users;
    this.capacity = capacity;
    this.terms = terms;
    this.clock = clock;
  }

  /** Whether {@code user} may register, or renew. */
  public Answer of(PublicKey user) {
    boolean admitted =
        switch (terms.door()) {
          case OPEN -> true;
          case LIST -> terms.listed().contains(user);
          case INVITATION -> database.read(handle -> invitations.has(handle, user));
        };
    if (!admitted) {
      return new Answer.Closed(
          terms.door() == RegistrationPolicy.LIST
              ? "This tower is for the users that its operator has listed"
              : "This tower is for users that its operator has invited");
    }
    return capacity
        .whyNothingNew()
        .or(
            () ->
                capacity
                    .whyNoNewUsers()
                    .filter(why -> database.read(handle -> users.load(handle, user)).isEmpty()))
        .<Answer>map(Answer.Full::new)
        .orElseGet(Answer.Welcome::new);
  }

  /** Returns why invitations make no difference, for the operator; empty if they do. */
  public Optional<String> whyInvitationsDoNotCount() {
    return switch (terms.door()) {
      case OPEN ->
          Optional.of(
              "this has no effect now: with registration = open everybody can register."
                  + " Invitations count when the tower is started with registration = invitation");
      case LIST ->
          Optional.of(
              "this has no effect now: with registration = list only registration_keys can"
                  + " register. Invitations count when the tower is started with registration ="
                  + " invitation");
      case INVITATION -> Optional.empty();
    };
  }

  /** Invites {@code user}. */
  public void invite(PublicKey user) {
    database.execute(
        handle -> {
          invitations.store(handle, user, clock.instant());
        });
  }

  /**
   * Takes an invitation back: a user that is registered stays so until the subscription ends.
   *
   * @return false if there was none
   */
  public boolean withdraw(PublicKey user) {
    return database.write(handle -> invitations.delete(handle, user));
  }

  /**
   * Up to {@code limit} of those invited, in the order of their ids, that come after {@code after}.
   */
  public List<PublicKey> invited(Optional<PublicKey> after, int limit) {
    return database.read(handle -> invitations.list(handle, after, limit));
  }
}
