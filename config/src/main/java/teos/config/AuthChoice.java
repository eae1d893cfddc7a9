package teos.config;

import static teos.config.Setting.BTC_RPC_CONNECT;
import static teos.config.Setting.BTC_RPC_COOKIE;
import static teos.config.Setting.BTC_RPC_PASSWORD;
import static teos.config.Setting.BTC_RPC_USER;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Decides how to log in to bitcoind: with a cookie or with user and password, never a mix. */
record AuthChoice(LayeredSettings values, Network network, Locations locations) {

  RpcAuth choose() throws ConfigException {
    List<Function<Setting, Optional<RawSetting>>> sources =
        List.of(values::onCommandLine, values::inEnvironment, values::inFile);
    for (var source : sources) {
      refuseBoth(source);
    }
    if (isCookie(sources)) {
      return cookie(values.text(BTC_RPC_COOKIE));
    }
    Optional<RawSetting> user = values.given(BTC_RPC_USER);
    Optional<RawSetting> password = values.given(BTC_RPC_PASSWORD);
    if (user.isPresent() && password.isPresent()) {
      return new RpcAuth.UserPassword(user.get().value(), password.get().value());
    }
    if (user.isPresent()) {
      throw half(user.get(), BTC_RPC_PASSWORD);
    }
    if (password.isPresent()) {
      throw half(password.get(), BTC_RPC_USER);
    }
    return standardCookie();
  }

  /** The first source that says anything about the login says which kind it is. */
  private boolean isCookie(List<Function<Setting, Optional<RawSetting>>> sources) {
    for (var source : sources) {
      if (source.apply(BTC_RPC_COOKIE).isPresent()) {
        return values.given(BTC_RPC_COOKIE).isPresent();
      }
      if (source.apply(BTC_RPC_USER).isPresent() || source.apply(BTC_RPC_PASSWORD).isPresent()) {
        return false;
      }
    }
    return false;
  }

  private static void refuseBoth(Function<Setting, Optional<RawSetting>> source)
      throws ConfigException {
    Optional<RawSetting> cookie = source.apply(BTC_RPC_COOKIE);
    Optional<RawSetting> other =
        source.apply(BTC_RPC_USER).or(() -> source.apply(BTC_RPC_PASSWORD));
    if (cookie.isPresent() && other.isPresent()) {
      throw new ConfigException(
          named(cookie.get())
              + " and "
              + named(other.get())
              + " exclude each other: give btc_rpc_cookie, or btc_rpc_user and btc_rpc_password");
    }
  }

  private static ConfigException half(RawSetting given, Setting missing) {
    return new ConfigException(
        named(given) + " is given, but " + missing.key() + " (" + missing.flag() + ") is not");
  }

  private static String named(RawSetting given) {
    return given.key() + " (" + given.origin().describe() + ")";
  }

  private RpcAuth cookie(String text) {
    return new RpcAuth.Cookie(locations.resolve(text));
  }

  private RpcAuth standardCookie() throws ConfigException {
    String none =
        "no login for bitcoind: give btc_rpc_cookie (--btcrpccookie), or btc_rpc_user and"
            + " btc_rpc_password (--btcrpcuser, --btcrpcpassword); ";
    String host = values.host(BTC_RPC_CONNECT);
    if (!isThisMachine(host)) {
      // This machine's cookie is a secret, and of no use to another machine's bitcoind.
      throw new ConfigException(none + "the standard cookie file is not for " + host);
    }
    Path cookie = network.standardCookie(locations.home());
    if (Files.notExists(cookie)) { // where that cannot be seen, reading it says why
      throw new ConfigException(none + "the standard cookie file " + cookie + " is not there");
    }
    return new RpcAuth.Cookie(cookie);
  }

  private static boolean isThisMachine(String host) {
    return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.[0-9]{1,3}){3}");
  }
}
