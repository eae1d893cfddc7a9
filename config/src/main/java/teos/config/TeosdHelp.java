package teos.config;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The text of {@code teosd --help}: commands first, then options by what they are about. */
final class TeosdHelp {

  private TeosdHelp() {}

  /** The help for {@code command}; its subcommands are listed, and options that are hidden are not. */
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
    for (SettingGroup group : SettingGroup.values()) {
      List<OptionSpec> options =
          Setting.flagged()
              .filter(setting -> SettingGroup.of(setting) == group)
              .map(setting -> help.commandSpec().findOption(setting.flag()))
              .toList();
      append(text, group.title(), options, help);
    }
    List<OptionSpec> general =
        help.commandSpec().options().stream().filter(option -> !isSetting(option)).toList();
    append(text, "General", general, help);
    return text.toString();
  }

  private static boolean isSetting(OptionSpec option) {
    return Setting.flagged().anyMatch(setting -> setting.flag().equals(option.longestName()));
  }

  private static void append(
      StringBuilder text, String title, List<OptionSpec> options, Help help) {
    List<OptionSpec> shown = options.stream().filter(option -> !option.hidden()).toList();
    if (!shown.isEmpty()) {
      Help.Layout layout = help.createDefaultLayout(shown, List.of(), help.colorScheme());
      layout.addOptions(shown, help.parameterLabelRenderer());
      text.append(System.lineSeparator())
          .append(title)
          .append(':')
          .append(System.lineSeparator())
          .append(layout);
    }
  }

  /** Adds a line to the list of {@code program}'s commands. */
  static void list(CommandLine program, String word, String help) {
    CommandSpec spec = CommandSpec.create().name(word);
    spec.usageMessage().description(help);
    program.getCommandSpec().addSubcommand(word, spec);
  }
}
