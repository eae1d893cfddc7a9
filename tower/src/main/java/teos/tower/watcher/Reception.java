package teos.tower.watcher;

import java.util.List;
import java.util.Optional;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/** Where users' appointments are taken, and asked for. */
public interface Reception {

  /**
   * Takes {@code appointment}, in the place of the user's earlier one for the same locator. When
   * this returns, it is on disk, and its dispute is looked for wherever that may be already.
   *
   * @param userSignature the user's signature of it, from which {@code user} was recovered
   * @throws AppointmentRejectedException if it is not taken
   */
  AppointmentAccepted addAppointment(
      Appointment appointment, String userSignature, PublicKey user)
      throws AppointmentRejectedException;

  /**
   * Deletes the user's appointment for {@code locator}, and gives its slots back; when this returns,
   * that is on disk, and no dispute that is seen from now on is answered for it.
   *
   * @param userSignature the user's signature of the wish, which is logged: the tower has it to show
   */
  Deletion deleteAppointment(Locator locator, PublicKey user, String userSignature);

  /** The user's appointment for {@code locator}. */
  Optional<AppointmentInfo> appointment(Locator locator, PublicKey user);

  /** The locators of all of the user's appointments. */
  List<Locator> locatorsOf(PublicKey user);
}
