package teos.tower.gatekeeper;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import teos.protocol.PublicKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Database;
import teos.tower.store.InvitationsDBM;
import teos.tower.store.UsersDBM;

/**
 * Who may register: everybody, those whom the operator has put on a list, or those whom the operator
 * has invited while the tower runs. And how many: a tower that is full takes nobody new, while those
 * whom it has may go on, and renew.
 */
public final class Admission {

  private static final long MEGABYTE = 1_000_000;

  /** Who is let in. */
  public enum Door {
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
   * @param listed who is let in by {@link Door#LIST}
   * @param maxAppointments of all users, with which the tower is full
   * @param minFreeDisk megabytes (10^6 bytes) of free disk space under which it is full, too
   */
  public record Terms(Door door, Set<PublicKey> listed, long maxAppointments, long minFreeDisk) {
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
     * The tower takes nobody new at the moment.
     *
     * @param why for the user
     */
    record Full(String why) implements Answer {}
  }

  private final Database database;
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final InvitationsDBM invitations = new InvitationsDBM();
  private final Terms terms;
  private final Supplier<OptionalLong> freeDisk;
  private final InstantSource clock;

  /**
   * @param freeDisk bytes; empty if that is not known
   */
  public Admission(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Terms terms,
      Supplier<OptionalLong> freeDisk,
      InstantSource clock) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.terms = terms;
    this.freeDisk = freeDisk;
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
          terms.door() == Door.LIST
              ? "This tower is for the users that its operator has listed"
              : "This tower is for users that its operator has invited");
    }
    return full()
        .filter(why -> database.read(handle -> users.load(handle, user)).isEmpty())
        .<Answer>map(Answer.Full::new)
        .orElseGet(Answer.Welcome::new);
  }

  private Optional<String> full() {
    if (appointments.isCounted() && appointments.countAppointments() >= terms.maxAppointments()) {
      return Optional.of("This tower holds all the appointments that it can, and takes no new users");
    }
    OptionalLong free = freeDisk.get();
    return free.isPresent() && free.getAsLong() < terms.minFreeDisk() * MEGABYTE
        ? Optional.of("This tower has little space left, and takes no new users")
        : Optional.empty();
  }

  /** Invites {@code user}. */
  public void invite(PublicKey user) {
    database.write(
        handle -> {
          invitations.store(handle, user, clock.instant());
          return null;
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

  /** Up to {@code limit} of those invited, in the order of their ids, that come after {@code after}. */
  public List<PublicKey> invited(Optional<PublicKey> after, int limit) {
    return database.read(handle -> invitations.list(handle, after, limit));
  }
}
