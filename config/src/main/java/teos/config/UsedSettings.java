package teos.config;

import java.util.List;
import java.util.function.Predicate;
import teos.common.Suggestion;

/**
 * Settings that a program uses. All others are neither required nor checked.
 *
 * @param uses whether the program uses a setting
 * @param strict whether an unknown key in the file is an error rather than a warning
 */
record UsedSettings(Predicate<Setting> uses, boolean strict) {

  /** Settings with which an operator's program finds the tower. */
  static final UsedSettings OPERATOR =
      new UsedSettings(
          setting ->
              switch (setting) {
                case BTC_NETWORK, RPC_BIND, RPC_PORT, LOG_FILE -> true;
                default -> false;
              },
          false);

  /**
   * Returns the settings that {@code command} uses. The commands for an existing tower accept
   * unknown keys, which may have been added to the file after the tower was started. To a command
   * that starts or creates one, an unknown key may be a misspelled path.
   */
  static UsedSettings of(TeosdCommand command) {
    boolean strict = command != TeosdCommand.STOP && command != TeosdCommand.BACKUP;
    return new UsedSettings(command::uses, strict);
  }

  /** Returns the used settings among {@code all}, and the unknown keys if these are errors. */
  List<RawSetting> filter(List<RawSetting> all) {
    return all.stream()
        .filter(raw -> Setting.named(raw.key()).map(uses::test).orElse(strict))
        .toList();
  }

  /** Returns warnings for the unknown keys that {@link #filter} has left out. */
  List<String> warnings(List<RawSetting> file) {
    return strict
        ? List.of()
        : file.stream()
            .filter(raw -> Setting.named(raw.key()).isEmpty())
            .map(
                raw ->
                    raw.describe()
                        + ": unknown setting"
                        + Suggestion.hint(raw.key(), Setting.keys()))
            .toList();
  }
}
