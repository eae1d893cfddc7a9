package teos.config;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.common.Suggestion;

/** What was given, checked, by setting: command line over environment over file over defaults. */
final class LayeredSettings {

  private final Map<Setting, RawSetting> commandLine;
  private final Map<Setting, RawSetting> environment;
  private final Map<Setting, RawSetting> file;

  /**
   * @throws ConfigException if a key is unknown or given twice, or if a value is not allowed
   */
  LayeredSettings(List<RawSetting> commandLine, List<RawSetting> environment, List<RawSetting> file)
      throws ConfigException {
    this.commandLine = bySetting(commandLine);
    this.environment = bySetting(environment);
    this.file = bySetting(file);
  }

  private static Map<Setting, RawSetting> bySetting(List<RawSetting> all) throws ConfigException {
    Map<Setting, RawSetting> values = new EnumMap<>(Setting.class);
    for (RawSetting given : all) {
      // The value is not shown: the key may be a misspelled btc_rpc_password.
      Setting setting =
          Setting.named(given.key())
              .orElseThrow(() -> given.refuseUnseen(unknown(given.key(), Setting.keys())));
      @Nullable RawSetting first = values.putIfAbsent(setting, given);
      if (first != null) {
        String where = first.key() + " in " + first.origin().describe();
        throw setting.refuse(given, "given twice, first as " + where);
      }
      setting.check(given);
    }
    return values;
  }

  /**
   * Returns the error for the unknown {@code key}, with the closest of {@code keys} or all of them.
   */
  static String unknown(String key, List<String> keys) {
    String hint = Suggestion.hint(key, keys);
    String all = "; there are " + String.join(", ", keys);
    return "there is no such setting" + (hint.isEmpty() ? all : hint);
  }

  /** As on the command line; empty text counts as not given. */
  Optional<RawSetting> onCommandLine(Setting setting) {
    return nonEmpty(commandLine.get(setting));
  }

  /** As in the environment, where nothing is empty. */
  Optional<RawSetting> inEnvironment(Setting setting) {
    return nonEmpty(environment.get(setting));
  }

  /** As in the file; empty text counts as not given. */
  Optional<RawSetting> inFile(Setting setting) {
    return nonEmpty(file.get(setting));
  }

  /**
   * What counts, if it is not empty text. Empty text on the command line hides what the environment
   * and the file say.
   */
  Optional<RawSetting> given(Setting setting) {
    @Nullable RawSetting given = commandLine.get(setting);
    if (given == null && !setting.commandLineOnly()) {
      given = environment.getOrDefault(setting, file.get(setting));
    }
    return nonEmpty(given);
  }

  private static Optional<RawSetting> nonEmpty(@Nullable RawSetting given) {
    return Optional.ofNullable(given).filter(value -> !value.value().isEmpty());
  }

  String text(Setting setting) {
    return given(setting).map(RawSetting::value).orElse(setting.defaultValue());
  }

  String host(Setting setting) {
    return Rule.Host.parse(text(setting));
  }

  long number(Setting setting) {
    return Rule.Whole.parse(text(setting));
  }

  /** For settings whose rule keeps them within an int. */
  int smallNumber(Setting setting) {
    return Math.toIntExact(number(setting));
  }

  boolean isOn(Setting setting) {
    return Rule.Switch.parse(text(setting));
  }

  /** What was given in vain. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (Setting setting : Setting.values()) {
      if (setting.hasNoEffect()) {
        given(setting).ifPresent(given -> warnings.add(inVain(given, "has no effect here")));
      }
      if (setting.commandLineOnly()) {
        inEnvironment(setting)
            .or(() -> inFile(setting))
            .filter(given -> Rule.Switch.parse(given.value()))
            .ifPresent(
                given -> warnings.add(inVain(given, "counts only as the flag " + setting.flag())));
      }
    }
    return warnings;
  }

  private static String inVain(RawSetting given, String why) {
    return given.key() + " (" + given.origin().describe() + ") " + why;
  }
}
