package teos.config;

import java.util.List;
import java.util.function.Predicate;
import teos.common.Suggestion;

/**
 * The settings that a program reads. It neither requires nor checks any other.
 *
 * @param uses whether it reads a setting
 * @param strict whether a key of the file that is no setting is refused, rather than warned of
 */
record UsedSettings(Predicate<Setting> uses, boolean strict) {

  /** What an operator's program reads to find the tower. */
  static final UsedSettings OPERATOR =
      new UsedSettings(
          setting ->
              switch (setting) {
                case BTC_NETWORK, RPC_BIND, RPC_PORT, LOG_FILE -> true;
                default -> false;
              },
          false);

  /**
   * Commands for a tower that is there are done in spite of an unknown key: it may have come into
   * the file since the tower was started. To those that begin one, it may be a misspelled path.
   */
  static UsedSettings by(TeosdCommand command) {
    boolean strict = command != TeosdCommand.STOP && command != TeosdCommand.BACKUP;
    return new UsedSettings(command::uses, strict);
  }

  List<RawSetting> in(List<RawSetting> all) {
    return all.stream()
        .filter(given -> Setting.named(given.key()).map(uses::test).orElse(strict))
        .toList();
  }

  /** Returns what is wrong with keys that {@link #in} has left out because they are no settings. */
  List<String> warnings(List<RawSetting> file) {
    return strict
        ? List.of()
        : file.stream()
            .filter(given -> Setting.named(given.key()).isEmpty())
            .map(
                given ->
                    given.key()
                        + " ("
                        + given.origin().describe()
                        + "): there is no such setting"
                        + Suggestion.hint(given.key(), Setting.keys()))
            .toList();
  }
}
