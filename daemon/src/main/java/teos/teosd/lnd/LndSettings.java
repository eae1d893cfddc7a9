package teos.teosd.lnd;

import fr.acinq.bitcoin.Bitcoin;
import fr.acinq.bitcoin.BitcoinError;
import fr.acinq.bitcoin.BlockHash;
import fr.acinq.bitcoin.Script;
import fr.acinq.bitcoin.ScriptElt;
import fr.acinq.bitcoin.utils.Either;
import java.util.List;
import teos.config.Config;
import teos.teosd.api.SessionPolicy;

/** Converts the settings of the server for lnd's clients into a {@link SessionPolicy}. */
public final class LndSettings {

  /** Bytes of a P2WPKH script, for which lnd computes the weight of a reward output. */
  private static final int P2WPKH_BYTES = 22;

  private LndSettings() {}

  /**
   * Returns the policy for sessions that the settings describe.
   *
   * @param chainHash of the genesis block, in internal order
   * @throws IllegalArgumentException if a setting is invalid; the message names it
   */
  public static SessionPolicy sessionPolicy(Config.Lnd lnd, byte[] chainHash) {
    return new SessionPolicy(
        lnd.maxUpdates(),
        lnd.maxSweepFeeRate(),
        lnd.maxSessions(),
        rewardScript(lnd.rewardAddress(), chainHash),
        lnd.clients());
  }

  private static byte[] rewardScript(String address, byte[] chainHash) {
    if (address.isEmpty()) {
      return new byte[0];
    }
    Either<BitcoinError, List<ScriptElt>> script =
        Bitcoin.addressToPublicKeyScript(new BlockHash(chainHash), address);
    List<ScriptElt> elements = script.getRight();
    byte[] bytes = elements == null ? new byte[0] : Script.write(elements);
    if (bytes.length != P2WPKH_BYTES) {
      throw new IllegalArgumentException(
          "lnd_reward_address: \""
              + address
              + "\" is not usable; expected a P2WPKH address of the tower's"
              + " network (bc1q…, 42 characters)");
    }
    return bytes;
  }
}
