package teos.testkit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Options for starting a {@link Bitcoind}. Immutable: each {@code with} method returns a changed
 * copy.
 *
 * @param chain bitcoind's name of the network, such as regtest; bitcoind has no peers on any
 *     network
 * @param zmq whether bitcoind publishes hashblock and rawtx over ZMQ
 * @param listening whether bitcoind accepts connections from peers
 * @param credentials the RPC user and password; empty for the cookie file
 * @param extraArgs more command line arguments of bitcoind, such as {@code -txindex}
 */
public record BitcoindOptions(
    String chain,
    boolean zmq,
    boolean listening,
    Optional<Credentials> credentials,
    List<String> extraArgs) {

  /** Regtest, ZMQ on, no peers, cookie authentication, no extra arguments. */
  public static final BitcoindOptions DEFAULT =
      new BitcoindOptions("regtest", true, false, Optional.empty(), List.of());

  /** An RPC user and password. */
  public record Credentials(String user, String password) {}

  public BitcoindOptions {
    extraArgs = List.copyOf(extraArgs);
  }

  /** Returns a copy without ZMQ publishers. */
  public BitcoindOptions withoutZmq() {
    return new BitcoindOptions(chain, false, listening, credentials, extraArgs);
  }

  /** Returns a copy for signet, where bitcoind has only the genesis block and cannot mine. */
  public BitcoindOptions onSignet() {
    return new BitcoindOptions("signet", zmq, listening, credentials, extraArgs);
  }

  /** Returns a copy that accepts peers on a loopback port. */
  public BitcoindOptions withListening() {
    return new BitcoindOptions(chain, zmq, true, credentials, extraArgs);
  }

  /** Returns a copy with RPC authentication by user and password instead of the cookie file. */
  public BitcoindOptions withCredentials(String user, String password) {
    return new BitcoindOptions(
        chain, zmq, listening, Optional.of(new Credentials(user, password)), extraArgs);
  }

  /** Returns a copy with {@code args} after all other command line arguments. */
  public BitcoindOptions withArgs(String... args) {
    return new BitcoindOptions(
        chain,
        zmq,
        listening,
        credentials,
        Stream.concat(extraArgs.stream(), Stream.of(args)).toList());
  }

  /**
   * Returns a copy with an additional RPC user, whose password is its name and which may call only
   * {@code methods}. The user of the cookie file may call all methods.
   */
  public BitcoindOptions withWhitelistedUser(String user, Collection<String> methods) {
    return withArgs(
        "-rpcauth=" + user + ":salt$" + hmac("salt", user),
        "-rpcwhitelist=" + user + ":" + String.join(",", methods),
        "-rpcwhitelistdefault=0");
  }

  private static String hmac(String salt, String password) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(salt.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(password.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean hasWallet() {
    return extraArgs.stream().noneMatch(arg -> arg.matches("--?disablewallet(=1)?"));
  }
}
