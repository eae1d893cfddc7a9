package teos.config;

import java.util.Arrays;
import java.util.List;

/**
 * Groups of settings by the prefixes of their keys, in the order and with the headings of the help.
 */
enum SettingGroup {
  BITCOIND("bitcoind", "btc_", "polling_delta", "mempool_polling_delta"),
  API("Public API", "api_", "public_", "default_dialect"),
  LND("lnd clients", "lnd_"),
  TOR("Onion service", "tor_", "onion_"),
  USERS(
      "Users and limits", "registration", "subscription_", "expiry_", "limit_", "max_", "min_to_"),
  WATCHING("Watching", "locator_cache_"),
  OPERATOR("Operator's RPC and dashboard", "rpc_", "operator_", "web_"),
  INTERNAL("Internal API", "internal_api_"),
  STORAGE("Key, database and disk", "teos_", "database_", "disk_", "min_free_"),
  LOG("Log", "log_", "breach_log_", "debug", "deps_debug"),
  OTHER("Other", "");

  private final String title;
  private final List<String> prefixes;

  SettingGroup(String title, String... prefixes) {
    this.title = title;
    this.prefixes = List.of(prefixes);
  }

  /** Returns the group of {@code setting}. */
  static SettingGroup of(Setting setting) {
    return Arrays.stream(values())
        .filter(group -> group.prefixes.stream().anyMatch(setting.key()::startsWith))
        .findFirst()
        .orElse(OTHER);
  }

  String title() {
    return title;
  }
}
