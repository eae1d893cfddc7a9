package teos.cln.manifest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import teos.client.json.JsonText;

/**
 * Options of lightningd that the plugin adds: those of rust-teos's plugin.
 *
 * @see <a
 *     href="https://github.com/talaia-labs/rust-teos/blob/master/watchtower-plugin/src/constants.rs">their
 *     names and defaults</a>
 */
public enum PluginOption {
  PORT("watchtower-port", 9814, 0xffff, "tower API port"),
  MAX_RETRY_TIME(
      "watchtower-max-retry-time",
      3600,
      0xffff,
      "for how long (in seconds) a retry strategy will try to reach a temporary unreachable tower"
          + " before giving up. Defaults to 1 hour"),
  AUTO_RETRY_DELAY(
      "watchtower-auto-retry-delay",
      28800,
      0xffff_ffffL,
      "how long (in seconds) a retrier will wait before auto-retrying a failed tower. Defaults to"
          + " once every 8 hours"),
  MAX_RETRY_INTERVAL(
      "dev-watchtower-max-retry-interval",
      900,
      0xffff,
      "maximum length (in seconds) for a retry interval. Defaults to 15 min");

  private final String text;
  private final long defaultValue;
  private final long max;
  private final String description;

  PluginOption(String text, long defaultValue, long max, String description) {
    this.text = text;
    this.defaultValue = defaultValue;
    this.max = max;
    this.description = description;
  }

  /** Returns the option's name in lightningd's configuration. */
  public String text() {
    return text;
  }

  long defaultValue() {
    return defaultValue;
  }

  /** Returns the largest value; the smallest is 0. */
  long max() {
    return max;
  }

  ObjectNode json() {
    return JsonText.newObject()
        .put("name", text)
        .put("type", "int")
        .put("default", defaultValue)
        .put("description", description)
        .put("dynamic", false)
        .put("multi", false);
  }
}
