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

/** The options that all commands take: what is sent, and the reference towers. */
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

  private final ParseResult given;

  PlanOptions(ParseResult given) {
    this.given = given;
  }

  static void addTo(CommandSpec spec) {
    LoadPlan usual = LoadPlan.DEFAULT;
    spec.addOption(
            number(
                RATE,
                "PER_SECOND",
                "Requests a second, due whether or not earlier ones were answered; latencies count"
                    + " from when each was due. Without it: as many as the connections can take."))
        .addOption(
            number(
                WARM_UP,
                "SECONDS",
                "Sent before any is counted. Usual: " + usual.warmUp().toSeconds() + "."))
        .addOption(
            number(
                DURATION,
                "SECONDS",
                "Sent and counted. Usual: " + usual.duration().toSeconds() + "."))
        .addOption(number(COUNT, "N", "Requests in all, warm-up included, in place of a duration."))
        .addOption(
            number(
                AT_MOST,
                "PER_SECOND",
                "Requests made ready beforehand, where there is no --rate. Usual: "
                    + usual.atMost()
                    + "; less for the reference towers."))
        .addOption(
            number(
                READS,
                "PERCENT",
                "How many of 100 requests are get_appointment; the others are add_appointment."
                    + " Usual: "
                    + usual.reads()
                    + "."))
        .addOption(
            number(
                USERS,
                "N",
                "Users registered first; more if their slots are not enough. Usual: "
                    + usual.users()
                    + "."))
        .addOption(
            number(
                PENALTY_BYTES,
                "BYTES",
                "Size of a penalty transaction. Usual: " + usual.penaltyBytes() + "."))
        .addOption(text(RUST_TEOS, "TEOSD", "The teosd of rust-teos, to be started."))
        .addOption(
            text(
                PYTHON_TEOS,
                "TEOSD",
                "The teosd of python-teos, to be started: the one in the bin folder of an"
                    + " environment that python-teos has been installed into."));
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

  /** The value of {@code option}, if there is one. */
  Optional<String> text(String option) {
    return Optional.ofNullable(given.matchedOptionValue(option, null));
  }

  ParameterException wrong(String what) {
    return new ParameterException(given.commandSpec().commandLine(), what);
  }

  /**
   * The plan that was given.
   *
   * @param atMost if it was not said
   */
  LoadPlan plan(Dialect dialect, int connections, int atMost) {
    LoadPlan usual = LoadPlan.DEFAULT;
    try {
      return new LoadPlan(
          dialect,
          connections,
          given.hasMatchedOption(RATE)
              ? OptionalInt.of(given.matchedOptionValue(RATE, 0))
              : OptionalInt.empty(),
          seconds(WARM_UP, usual.warmUp()),
          seconds(DURATION, usual.duration()),
          given.hasMatchedOption(COUNT)
              ? OptionalLong.of(given.matchedOptionValue(COUNT, 0))
              : OptionalLong.empty(),
          given.matchedOptionValue(AT_MOST, atMost),
          given.matchedOptionValue(READS, usual.reads()),
          given.matchedOptionValue(USERS, usual.users()),
          given.matchedOptionValue(PENALTY_BYTES, usual.penaltyBytes()));
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private Duration seconds(String option, Duration usual) {
    return given.hasMatchedOption(option)
        ? Duration.ofSeconds(given.matchedOptionValue(option, 0))
        : usual;
  }
}
