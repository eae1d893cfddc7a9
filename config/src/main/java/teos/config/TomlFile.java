package teos.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlFactory;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import com.fasterxml.jackson.dataformat.toml.TomlReadFeature;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Parser of {@code teos.toml}: keys at the top level or in tables, whose names are ignored. */
final class TomlFile {

  // Without this feature, a date would count as a string.
  private static final TomlMapper MAPPER =
      new TomlMapper(TomlFactory.builder().enable(TomlReadFeature.PARSE_JAVA_TIME).build());

  private final Path file;
  private final TomlLines lines;
  private final List<RawSetting> settings = new ArrayList<>();

  private TomlFile(Path file, TomlLines lines) {
    this.file = file;
    this.lines = lines;
  }

  static List<RawSetting> parse(Path file, String text) throws ConfigException {
    TomlFile toml = new TomlFile(file, new TomlLines(text));
    try {
      toml.addAll(MAPPER.readTree(text), true);
    } catch (JsonProcessingException e) {
      throw toml.malformed(e);
    }
    return toml.settings;
  }

  private void addAll(JsonNode table, boolean tablesAllowed) {
    for (Map.Entry<String, JsonNode> entry : table.properties()) {
      boolean isTable = entry.getValue().isObject() && Setting.named(entry.getKey()).isEmpty();
      if (isTable && tablesAllowed) {
        addAll(entry.getValue(), false);
      } else {
        settings.add(setting(entry.getKey(), entry.getValue()));
      }
    }
  }

  private RawSetting setting(String key, JsonNode node) {
    RawSetting.Type type =
        switch (node.getNodeType()) {
          case STRING -> RawSetting.Type.TEXT;
          case BOOLEAN -> RawSetting.Type.TRUE_OR_FALSE;
          case NUMBER ->
              node.isIntegralNumber() ? RawSetting.Type.WHOLE_NUMBER : RawSetting.Type.OTHER;
          default -> RawSetting.Type.OTHER;
        };
    // A list may contain a secret, and a date has no text.
    String shown = type == RawSetting.Type.OTHER && !node.isNumber() ? "..." : node.toString();
    return new RawSetting(
        key, shown, node.asText(), type, new Origin.FileLine(file, lines.next(key)));
  }

  private ConfigException malformed(JsonProcessingException e) {
    String problem = e.getOriginalMessage();
    if (problem.startsWith("Duplicate key")) {
      // The parser names neither the key nor, exactly, the line.
      List<TomlLines.Line> twice = lines.repeated().orElse(List.of());
      if (!twice.isEmpty()) {
        return duplicate(twice.getFirst(), twice.getLast());
      }
    }
    String where = new Origin.FileLine(file, e.getLocation().getLineNr()).describe();
    String hint = problem.startsWith("Unknown token") ? " (text must be in quotes)" : "";
    return new ConfigException(where + ": invalid TOML: " + problem + hint);
  }

  private ConfigException duplicate(TomlLines.Line first, TomlLines.Line second) {
    Origin origin = new Origin.FileLine(file, second.number());
    RawSetting raw =
        new RawSetting(second.key(), second.value(), "", RawSetting.Type.OTHER, origin);
    String reason = "set twice; first on line " + first.number();
    return Setting.named(second.key())
        .map(setting -> setting.error(raw, reason))
        .orElseGet(() -> raw.errorWithoutValue(reason));
  }
}
