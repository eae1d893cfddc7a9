package teos.cln.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import teos.client.Backoff;
import teos.client.wire.SocksProxy;
import teos.cln.tower.RetryPolicy;

/**
 * What lightningd tells the plugin in {@code init}.
 *
 * @param lightningFolder lightningd's folder for the network, in which the plugin has its own
 * @param port port of a tower that is registered without one
 * @param proxy lightningd's own
 * @param alwaysProxy whether to use it for all towers
 */
public record Configuration(
    Path lightningFolder,
    int port,
    RetryPolicy retryPolicy,
    Optional<SocksProxy> proxy,
    boolean alwaysProxy) {

  private static final Duration FIRST_DELAY = Duration.ofMillis(500);

  /**
   * Reads the parameters of {@code init}.
   *
   * @throws IllegalArgumentException if a value is missing or out of range; the message says which
   */
  public static Configuration of(JsonNode params) {
    JsonNode options = params.path("options");
    JsonNode configuration = params.path("configuration");
    Duration interval = Duration.ofSeconds(value(options, PluginOption.MAX_RETRY_INTERVAL));
    Backoff backoff =
        new Backoff(FIRST_DELAY, interval.compareTo(FIRST_DELAY) < 0 ? FIRST_DELAY : interval);
    return new Configuration(
        folder(configuration.path("lightning-dir").asText()),
        (int) value(options, PluginOption.PORT),
        new RetryPolicy(
            backoff,
            Duration.ofSeconds(value(options, PluginOption.MAX_RETRY_TIME)),
            Duration.ofSeconds(value(options, PluginOption.AUTO_RETRY_DELAY))),
        proxy(configuration.path("proxy")),
        configuration.path("always_use_proxy").asBoolean(false));
  }

  private static long value(JsonNode options, PluginOption option) {
    JsonNode value = options.path(option.text());
    if (value.isMissingNode() || value.isNull()) {
      return option.defaultValue();
    }
    long number = value.asLong(-1);
    if (number < 0 || number > option.max()) {
      throw new IllegalArgumentException(
          option.text() + " out of range: 0 to " + option.max() + " is expected");
    }
    return number;
  }

  private static Path folder(String text) {
    try {
      Path folder = Path.of(text);
      if (folder.isAbsolute()) {
        return folder;
      }
    } catch (InvalidPathException e) {
      // falls through
    }
    throw new IllegalArgumentException("lightning-dir is not an absolute path: '" + text + "'");
  }

  private static Optional<SocksProxy> proxy(JsonNode proxy) {
    return proxy.path("address").isTextual()
        ? Optional.of(new SocksProxy(proxy.path("address").asText(), proxy.path("port").asInt()))
        : Optional.empty();
  }
}
