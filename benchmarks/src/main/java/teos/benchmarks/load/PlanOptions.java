package teos.benchmarks.load;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import teos.benchmarks.towers.Contender;
import teos.protocol.Dialect;

/** Options that both commands share: the load plan, and the reference towers. */
final class PlanOptions {

  private static final String RATE = "--rate";
  private static final String WARM_UP = "--warm-up";
  private static final String DURATION = "--duration";
  private static final String COUNT = "--count";
  private static final String AT_MOST = "--at-most";
  private static final String READS = "--reads";
  private static final String USERS = "--users";
  private static final String PENALTY_BYTES = "--penalty-bytes";
  private static final String RUST_TEOS = "--rust-teos";
  private static final String PYTHON_TEOS = "--python-teos";

  private final ParseResult parsed;

  PlanOptions(ParseResult parsed) {
    this.parsed = parsed;
  }

  static void addTo(CommandSpec spec) {
    LoadPlan defaults = LoadPlan.DEFAULT;
    spec.addOption(
            number(
                RATE,
                "PER_SECOND",
                "Requests a second, due whether or not earlier ones were answered; latencies count"
                    + " from when each was due. Without it, each connection sends as fast as the"
                    + " tower answers."))
        .addOption(
            number(
                WARM_UP,
                "SECONDS",
                "Warm-up before the measurement. Default: " + defaults.warmUp().toSeconds() + "."))
        .addOption(
            number(
                DURATION,
                "SECONDS",
                "Duration of the measurement. Default: " + defaults.duration().toSeconds() + "."))
        .addOption(
            number(
                COUNT, "N", "Total number of requests, warm-up included, instead of a duration."))
        .addOption(
            number(
                AT_MOST,
                "PER_SECOND",
                "Requests prepared for each second of the run, without --rate. Default: "
                    + defaults.preparedPerSecond()
                    + "; less for the reference towers."))
        .addOption(
            number(
                READS,
                "PERCENT",
                "Percentage of get_appointment; the other requests are add_appointment."
                    + " Default: "
                    + defaults.readPercent()
                    + "."))
        .addOption(
            number(
                USERS,
                "N",
                "Users registered first; more if their slots do not suffice. Default: "
                    + defaults.users()
                    + "."))
        .addOption(
            number(
                PENALTY_BYTES,
                "BYTES",
                "Size of a penalty transaction. Default: " + defaults.penaltyBytes() + "."))
        .addOption(
            text(
                RUST_TEOS,
                "TEOSD",
                "Path of the teosd of rust-teos, which is started and measured."))
        .addOption(
            text(
                PYTHON_TEOS,
                "TEOSD",
                "Path of the teosd of python-teos, which is started and measured: the one in the"
                    + " bin folder of the Python environment that python-teos is installed in."));
  }

  static OptionSpec number(String name, String label, String help) {
    return OptionSpec.builder(name).type(Integer.class).paramLabel(label).description(help).build();
  }

  static OptionSpec text(String name, String label, String help) {
    return OptionSpec.builder(name).type(String.class).paramLabel(label).description(help).build();
  }

  Optional<Contender> rustTeos() {
    return text(RUST_TEOS).map(Path::of).map(Contender::rustTeos);
  }

  Optional<Contender> pythonTeos() {
    return text(PYTHON_TEOS).map(Path::of).map(Contender::pythonTeos);
  }

  static Contender javaTeos(Dialect dialect) {
    return Contender.javaTeos(Path.of(System.getProperty("teos.root", ".")), dialect);
  }

  /** Returns the value of {@code option}, if it was given. */
  Optional<String> text(String option) {
    return Optional.ofNullable(parsed.matchedOptionValue(option, null));
  }

  ParameterException usageError(String message) {
    return new ParameterException(parsed.commandSpec().commandLine(), message);
  }

  /**
   * Returns the plan of the command line.
   *
   * @param preparedPerSecond default of --at-most
   */
  LoadPlan plan(Dialect dialect, int connections, int preparedPerSecond) {
    LoadPlan defaults = LoadPlan.DEFAULT;
    try {
      return new LoadPlan(
          dialect,
          connections,
          parsed.hasMatchedOption(RATE)
              ? OptionalInt.of(parsed.matchedOptionValue(RATE, 0))
              : OptionalInt.empty(),
          seconds(WARM_UP, defaults.warmUp()),
          seconds(DURATION, defaults.duration()),
          parsed.hasMatchedOption(COUNT)
              ? OptionalLong.of(parsed.matchedOptionValue(COUNT, 0))
              : OptionalLong.empty(),
          parsed.matchedOptionValue(AT_MOST, preparedPerSecond),
          parsed.matchedOptionValue(READS, defaults.readPercent()),
          parsed.matchedOptionValue(USERS, defaults.users()),
          parsed.matchedOptionValue(PENALTY_BYTES, defaults.penaltyBytes()));
    } catch (IllegalArgumentException e) {
      throw usageError(String.valueOf(e.getMessage()));
    }
  }

  private Duration seconds(String option, Duration defaultValue) {
    return parsed.hasMatchedOption(option)
        ? Duration.ofSeconds(parsed.matchedOptionValue(option, 0))
        : defaultValue;
  }
}
