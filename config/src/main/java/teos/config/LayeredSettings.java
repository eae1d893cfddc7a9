package teos.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.common.Suggestion;
import teos.protocol.HostPort;

/** Checked settings: command line over environment over configuration file over defaults. */
final class LayeredSettings {

  private final Map<Setting, RawSetting> commandLine;
  private final Map<Setting, RawSetting> environment;
  private final Map<Setting, RawSetting> file;

  /**
   * @throws ConfigException if a key is unknown or set twice, or if a value is not allowed
   */
  LayeredSettings(List<RawSetting> commandLine, List<RawSetting> environment, List<RawSetting> file)
      throws ConfigException {
    this.commandLine = checked(commandLine);
    this.environment = checked(environment);
    this.file = checked(file);
  }

  private static Map<Setting, RawSetting> checked(List<RawSetting> layer) throws ConfigException {
    Map<Setting, RawSetting> settings = new EnumMap<>(Setting.class);
    for (RawSetting raw : layer) {
      // The value is not shown: the key may be a misspelled btc_rpc_password.
      Setting setting =
          Setting.named(raw.key())
              .orElseThrow(() -> raw.errorWithoutValue(unknown(raw.key(), Setting.keys())));
      @Nullable RawSetting first = settings.putIfAbsent(setting, raw);
      if (first != null) {
        throw setting.error(
            raw, "set twice; first as " + first.key() + " in " + first.origin().describe());
      }
      check(setting, raw);
    }
    return settings;
  }

  private static void check(Setting setting, RawSetting raw) throws ConfigException {
    if (raw.value().indexOf('\n') >= 0 || raw.value().indexOf('\r') >= 0) {
      // Not shown: an indented line, perhaps with a password, has become part of this value.
      throw raw.errorWithoutValue(
          "the value spans several lines; a line that starts with a space continues the value"
              + " above it");
    }
    Rule rule = setting.rule();
    boolean rightType = raw.type() == RawSetting.Type.UNTYPED || raw.type() == rule.type();
    if (!rightType || !rule.accepts(raw.value())) {
      String quotes = rule.type() == RawSetting.Type.TEXT ? ", in quotes" : ", without quotes";
      throw setting.error(raw, "expected " + rule.expected() + (rightType ? "" : quotes));
    }
  }

  /**
   * Returns the message for an unknown {@code key}: the closest of {@code keys}, or all of them.
   */
  static String unknown(String key, List<String> keys) {
    String hint = Suggestion.hint(key, keys);
    return "unknown setting"
        + (hint.isEmpty() ? "; the settings are " + String.join(", ", keys) : hint);
  }

  /** Returns the value on the command line; empty text counts as not set. */
  Optional<RawSetting> onCommandLine(Setting setting) {
    return nonEmpty(commandLine.get(setting));
  }

  /** Returns the value in the environment. */
  Optional<RawSetting> inEnvironment(Setting setting) {
    return nonEmpty(environment.get(setting));
  }

  /** Returns the value in the file; empty text counts as not set. */
  Optional<RawSetting> inFile(Setting setting) {
    return nonEmpty(file.get(setting));
  }

  /**
   * Returns the value of the first layer that sets {@code setting}; nothing if none does, or if
   * that value is empty text. Empty text on the command line hides the environment and the file.
   */
  Optional<RawSetting> effective(Setting setting) {
    @Nullable RawSetting raw = commandLine.get(setting);
    if (raw == null && !setting.isCommandLineOnly()) {
      raw = environment.getOrDefault(setting, file.get(setting));
    }
    return nonEmpty(raw);
  }

  private static Optional<RawSetting> nonEmpty(@Nullable RawSetting raw) {
    return Optional.ofNullable(raw).filter(value -> !value.value().isEmpty());
  }

  /** Returns the effective value, or the default. */
  String text(Setting setting) {
    return effective(setting).map(RawSetting::value).orElse(setting.defaultValue());
  }

  /** Returns the items of a comma-separated list. */
  List<String> list(Setting setting) {
    return Arrays.stream(text(setting).split(","))
        .map(String::strip)
        .filter(item -> !item.isEmpty())
        .toList();
  }

  Network network() {
    return Network.named(text(Setting.BTC_NETWORK)).orElseThrow();
  }

  HostPort endpoint(Setting host, Setting port) {
    return new HostPort(host(host), intValue(port));
  }

  /** Returns a host without brackets. */
  String host(Setting setting) {
    return Rule.Host.parse(text(setting));
  }

  long longValue(Setting setting) {
    return Rule.Whole.parse(text(setting));
  }

  /** Returns the value of a setting whose rule limits it to the range of an int. */
  int intValue(Setting setting) {
    return Math.toIntExact(longValue(setting));
  }

  boolean isOn(Setting setting) {
    return Rule.Switch.parse(text(setting));
  }

  /** Returns warnings for settings that are set but have no effect. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (Setting setting : Setting.values()) {
      if (setting.hasNoEffect()) {
        effective(setting).ifPresent(raw -> warnings.add(raw.describe() + " has no effect"));
      }
      if (setting.isCommandLineOnly()) {
        inEnvironment(setting)
            .or(() -> inFile(setting))
            .filter(raw -> Rule.Switch.parse(raw.value()))
            .ifPresent(
                raw ->
                    warnings.add(raw.describe() + " is ignored; use the flag " + setting.flag()));
      }
    }
    return warnings;
  }
}
