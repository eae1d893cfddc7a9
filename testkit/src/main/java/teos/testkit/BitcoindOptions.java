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
 * How a {@link Bitcoind} is started. Immutable: each {@code with} method returns a changed copy.
 *
 * @param chain the network, as bitcoind calls it: regtest, or another without a peer on it
 * @param zmq whether bitcoind publishes hashblock and rawtx by ZMQ
 * @param listening whether bitcoind accepts peers, so that another can connect to it
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

  /** With no ZMQ publisher. */
  public BitcoindOptions withoutZmq() {
    return new BitcoindOptions(chain, false, listening, credentials, extraArgs);
  }

  /** On signet, of which it has the first block: nobody can mine there. */
  public BitcoindOptions onSignet() {
    return new BitcoindOptions("signet", zmq, listening, credentials, extraArgs);
  }

  /** Accepting peers on a loopback port. */
  public BitcoindOptions withListening() {
    return new BitcoindOptions(chain, zmq, true, credentials, extraArgs);
  }

  /** With RPC authentication by user and password in place of the cookie file. */
  public BitcoindOptions withCredentials(String user, String password) {
    return new BitcoindOptions(
        chain, zmq, listening, Optional.of(new Credentials(user, password)), extraArgs);
  }

  /** With these command line arguments after all others. */
  public BitcoindOptions withArgs(String... args) {
    return new BitcoindOptions(
        chain,
        zmq,
        listening,
        credentials,
        Stream.concat(extraArgs.stream(), Stream.of(args)).toList());
  }

  /**
   * With another RPC user, whose password is its name and who may call {@code methods} only. The
   * user of the cookie file may call all.
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
