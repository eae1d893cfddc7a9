package teos.benchmarks.load;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import teos.protocol.Dialect;

/** The options of what is sent, which all commands take. */
final class PlanOptions {

  private static final String RATE = "--rate";
  private static final String WARM_UP = "--warm-up";
  private static final String DURATION = "--duration";
  private static final String COUNT = "--count";
  private static final String AT_MOST = "--at-most";
  private static final String READS = "--reads";
  private static final String USERS = "--users";
  private static final String PENALTY_BYTES = "--penalty-bytes";

  private PlanOptions() {}

  static void addTo(CommandSpec spec) {
    LoadPlan usual = LoadPlan.DEFAULT;
    spec.addOption(
            number(
                "PER_SECOND",
                "Requests a second, due whether or not earlier ones were answered; latencies count"
                    + " from when each was due. Without it: as many as the connections can take.",
                RATE))
        .addOption(
            number(
                "SECONDS",
                "Sent before any is counted. Usual: " + usual.warmUp().toSeconds() + ".",
                WARM_UP))
        .addOption(
            number(
                "SECONDS",
                "Sent and counted. Usual: " + usual.duration().toSeconds() + ".",
                DURATION))
        .addOption(
            number(
                "N", "Requests in all, warm-up included, in place of a duration.", COUNT))
        .addOption(
            number(
                "PER_SECOND",
                "Requests made ready beforehand, where there is no --rate. Usual: "
                    + usual.atMost() + ".",
                AT_MOST))
        .addOption(
            number(
                "PERCENT",
                "How many of 100 requests are get_appointment; the others are add_appointment."
                    + " Usual: 0.",
                READS))
        .addOption(
            number(
                "N",
                "Users registered first; more if their slots are not enough. Usual: "
                    + usual.users() + ".",
                USERS))
        .addOption(
            number(
                "BYTES",
                "Size of a penalty transaction. Usual: " + usual.penaltyBytes() + ".",
                PENALTY_BYTES));
  }

  private static OptionSpec number(String label, String help, String... names) {
    return OptionSpec.builder(names[0], names)
        .type(Integer.class)
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** The plan that was given. */
  static LoadPlan of(ParseResult given, Dialect dialect, int connections) {
    LoadPlan usual = LoadPlan.DEFAULT;
    try {
      return new LoadPlan(
          dialect,
          connections,
          given.hasMatchedOption(RATE)
              ? OptionalInt.of(given.matchedOptionValue(RATE, 0))
              : OptionalInt.empty(),
          seconds(given, WARM_UP, usual.warmUp()),
          seconds(given, DURATION, usual.duration()),
          given.hasMatchedOption(COUNT)
              ? OptionalLong.of(given.matchedOptionValue(COUNT, 0))
              : OptionalLong.empty(),
          given.matchedOptionValue(AT_MOST, usual.atMost()),
          given.matchedOptionValue(READS, usual.reads()),
          given.matchedOptionValue(USERS, usual.users()),
          given.matchedOptionValue(PENALTY_BYTES, usual.penaltyBytes()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(given.commandSpec().commandLine(), e.getMessage());
    }
  }

  private static Duration seconds(ParseResult given, String option, Duration usual) {
    return given.hasMatchedOption(option)
        ? Duration.ofSeconds(given.matchedOptionValue(option, 0))
        : usual;
  }

  /** The dialect named {@code text}. */
  static Dialect dialect(ParseResult given, String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "v1" -> Dialect.V1;
      case "v2" -> Dialect.V2;
      default ->
          throw new ParameterException(
              given.commandSpec().commandLine(), "--dialect is v1 or v2, not " + text);
    };
  }
}
