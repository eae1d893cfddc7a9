package teos.config;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Text of {@code teosd --help}: commands first, then options by {@link SettingGroup}. */
final class TeosdHelp {

  private TeosdHelp() {}

  /** Returns the help for {@code command}: its subcommands, and its options that are not hidden. */
  static String of(CommandLine command) {
    List<String> sections = new ArrayList<>(command.getHelpSectionKeys());
    sections.remove(SECTION_KEY_COMMAND_LIST_HEADING);
    sections.remove(SECTION_KEY_COMMAND_LIST);
    sections.addAll(
        sections.indexOf(SECTION_KEY_OPTION_LIST_HEADING),
        List.of(SECTION_KEY_COMMAND_LIST_HEADING, SECTION_KEY_COMMAND_LIST));
    command.setHelpSectionKeys(sections);
    command.getHelpSectionMap().put(SECTION_KEY_OPTION_LIST, TeosdHelp::options);
    command.getCommandSpec().usageMessage().commandListHeading("%nCommands:%n");
    return command.getUsageMessage(Ansi.OFF).strip();
  }

  private static String options(Help help) {
    StringBuilder text = new StringBuilder();
    groups(help.commandSpec()).forEach((title, options) -> append(text, title, options, help));
    return text.toString();
  }

  /** Returns a copy of {@code spec} with its visible options in groups with headings. */
  static CommandSpec grouped(CommandSpec spec) {
    CommandSpec copy = CommandSpec.create().name(spec.name());
    copy.usageMessage()
        .sortOptions(false)
        .abbreviateSynopsis(true)
        .description(spec.usageMessage().description());
    spec.positionalParameters().forEach(copy::addPositional);
    groups(spec)
        .forEach(
            (title, options) -> {
              ArgGroupSpec.Builder group =
                  ArgGroupSpec.builder().heading(title + "%n").validate(false).multiplicity("0..1");
              options.forEach(group::addArg);
              copy.addArgGroup(group.build());
            });
    return copy;
  }

  /** Returns the visible options of {@code spec} by heading, in the order of the help. */
  private static Map<String, List<OptionSpec>> groups(CommandSpec spec) {
    Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
    for (SettingGroup group : SettingGroup.values()) {
      groups.put(
          group.title(),
          Setting.withFlag()
              .filter(setting -> SettingGroup.of(setting) == group)
              .flatMap(setting -> Stream.ofNullable(spec.findOption(setting.flag())))
              .filter(option -> !option.hidden())
              .toList());
    }
    groups.put(
        "General",
        spec.options().stream().filter(option -> !isSetting(option) && !option.hidden()).toList());
    groups.values().removeIf(List::isEmpty);
    return groups;
  }

  private static boolean isSetting(OptionSpec option) {
    return Setting.withFlag().anyMatch(setting -> setting.flag().equals(option.longestName()));
  }

  private static void append(
      StringBuilder text, String title, List<OptionSpec> options, Help help) {
    Help.Layout layout = help.createDefaultLayout(options, List.of(), help.colorScheme());
    layout.addOptions(options, help.parameterLabelRenderer());
    text.append(System.lineSeparator())
        .append(title)
        .append(':')
        .append(System.lineSeparator())
        .append(layout);
  }

  /** Adds a command to the list in {@code program}'s help. */
  static void addCommand(CommandLine program, String word, String help) {
    CommandSpec spec = CommandSpec.create().name(word);
    spec.usageMessage().description(help);
    program.getCommandSpec().addSubcommand(word, spec);
  }
}
