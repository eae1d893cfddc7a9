package teos.tower.gatekeeper;

import java.util.Set;
import teos.protocol.PublicKey;

/**
 * Operator's settings of who may register.
 *
 * @param policy who is admitted
 * @param listed users that {@link RegistrationPolicy#LIST} admits
 */
public record AdmissionSettings(RegistrationPolicy policy, Set<PublicKey> listed) {

  public AdmissionSettings {
    listed = Set.copyOf(listed);
  }
}
