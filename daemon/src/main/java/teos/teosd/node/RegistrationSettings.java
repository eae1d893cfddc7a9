package teos.teosd.node;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import teos.config.Config;
import teos.protocol.PublicKey;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.tower.gatekeeper.AdmissionSettings;
import teos.tower.gatekeeper.RegistrationPolicy;

/** Who may register, as the settings have it. */
public final class RegistrationSettings {

  private RegistrationSettings() {}

  /**
   * The operator's terms.
   *
   * @throws StartupException if one of the settings is not what it should be; says which
   */
  public static AdmissionSettings admissionSettings(Config config) throws StartupException {
    Config.Registration given = config.registration();
    RegistrationPolicy door = RegistrationPolicy.valueOf(given.policy().toUpperCase(Locale.ROOT));
    Set<PublicKey> listed = new HashSet<>();
    for (String hex : given.keys()) {
      try {
        listed.add(PublicKey.fromHex(hex));
      } catch (IllegalArgumentException e) {
        throw new StartupException(
            ExitCode.CONFIGURATION,
            "registration_keys: \""
                + hex
                + "\" is no key, expected 66 hex digits of a compressed"
                + " public key, with commas between several",
            e);
      }
    }
    if (!listed.isEmpty() && door != RegistrationPolicy.LIST) {
      throw new StartupException(
          ExitCode.CONFIGURATION,
          "registration_keys are given, and registration is "
              + given.policy()
              + ": expected registration = list");
    }
    return new AdmissionSettings(door, listed);
  }
}
