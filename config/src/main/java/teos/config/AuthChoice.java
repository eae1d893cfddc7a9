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

/** Choice of the login for bitcoind: a cookie, or user and password, never a mix. */
record AuthChoice(LayeredSettings settings, Network network, Locations locations) {

  RpcAuth choose() throws ConfigException {
    List<Function<Setting, Optional<RawSetting>>> sources =
        List.of(settings::onCommandLine, settings::inEnvironment, settings::inFile);
    for (var source : sources) {
      refuseBoth(source);
    }
    if (isCookie(sources)) {
      return cookie(settings.text(BTC_RPC_COOKIE));
    }
    Optional<RawSetting> user = settings.effective(BTC_RPC_USER);
    Optional<RawSetting> password = settings.effective(BTC_RPC_PASSWORD);
    if (user.isPresent() && password.isPresent()) {
      return new RpcAuth.UserPassword(user.get().value(), password.get().value());
    }
    if (user.isPresent()) {
      throw incompleteLogin(user.get(), BTC_RPC_PASSWORD);
    }
    if (password.isPresent()) {
      throw incompleteLogin(password.get(), BTC_RPC_USER);
    }
    return standardCookie();
  }

  /** Returns whether the first source that sets a part of the login sets a cookie. */
  private boolean isCookie(List<Function<Setting, Optional<RawSetting>>> sources) {
    for (var source : sources) {
      if (source.apply(BTC_RPC_COOKIE).isPresent()) {
        return settings.effective(BTC_RPC_COOKIE).isPresent();
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
          cookie.get().describe()
              + " and "
              + other.get().describe()
              + " exclude each other; set btc_rpc_cookie, or btc_rpc_user and btc_rpc_password");
    }
  }

  private static ConfigException incompleteLogin(RawSetting raw, Setting missing) {
    return new ConfigException(
        raw.describe() + " is set, but " + missing.key() + " (" + missing.flag() + ") is not");
  }

  private RpcAuth cookie(String text) {
    return new RpcAuth.Cookie(locations.resolve(text));
  }

  private RpcAuth standardCookie() throws ConfigException {
    String noLogin =
        "no login for bitcoind: set btc_rpc_cookie (--btcrpccookie), or btc_rpc_user and"
            + " btc_rpc_password (--btcrpcuser, --btcrpcpassword); ";
    String host = settings.host(BTC_RPC_CONNECT);
    if (!isThisMachine(host)) {
      // This machine's cookie is a secret, and useless to a bitcoind on another machine.
      throw new ConfigException(
          noLogin + "the standard cookie file is only for this machine, not for " + host);
    }
    Path cookie = network.standardCookie(locations.home());
    if (Files.notExists(cookie)) { // if its folder is not accessible, reading it reports why
      throw new ConfigException(noLogin + "the standard cookie file " + cookie + " does not exist");
    }
    return new RpcAuth.Cookie(cookie);
  }

  private static boolean isThisMachine(String host) {
    return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.[0-9]{1,3}){3}");
  }
}
