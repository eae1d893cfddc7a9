package teos.client.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** An object that is taken apart field by field. */
public final class JsonFields {

  private static final long U32_MAX = 0xffff_ffffL;

  private final ObjectNode object;
  private final String path;
  private final Set<String> accessed = new HashSet<>();

  /** Of a whole text. */
  public JsonFields(ObjectNode object) {
    this(object, "");
  }

  private JsonFields(ObjectNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /** Whether the field is there and not null. */
  public boolean has(String name) {
    return object.hasNonNull(name);
  }

  /** A string. */
  public String text(String name) throws MalformedException {
    JsonNode value = required(name);
    if (!value.isTextual()) {
      throw malformed(name, "text is expected");
    }
    return value.textValue();
  }

  /** A string, if it is there. */
  public Optional<String> optionalText(String name) throws MalformedException {
    return has(name) ? Optional.of(text(name)) : Optional.empty();
  }

  /** A string with a meaning. {@code type} throws IllegalArgumentException where there is none. */
  public <T> T parsed(String name, String expected, Function<String, T> type)
      throws MalformedException {
    try {
      return type.apply(text(name));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw malformed(name, expected + " is expected");
    }
  }

  /** Hex, of any length. */
  public byte[] bytes(String name) throws MalformedException {
    return parsed(name, "hex", HexFormat.of()::parseHex);
  }

  /** A time in ISO 8601, UTC. */
  public Instant time(String name) throws MalformedException {
    return parsed(name, "a time such as 2026-01-31T12:00:00Z", Instant::parse);
  }

  /** An unsigned 32-bit integer. */
  public long u32(String name) throws MalformedException {
    JsonNode value = required(name);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < 0
        || value.longValue() > U32_MAX) {
      throw malformed(name, "an integer from 0 to " + U32_MAX + " is expected");
    }
    return value.longValue();
  }

  /** An integer, if it is there; it may be negative. */
  public Optional<Integer> integer(String name) throws MalformedException {
    if (!has(name)) {
      return Optional.empty();
    }
    JsonNode value = required(name);
    if (!value.isInt()) {
      throw malformed(name, "an integer is expected");
    }
    return Optional.of(value.intValue());
  }

  /** An object within. */
  public JsonFields object(String name) throws MalformedException {
    if (required(name) instanceof ObjectNode inner) {
      return new JsonFields(inner, path + name + ".");
    }
    throw malformed(name, "an object is expected");
  }

  /**
   * Ends the reading.
   *
   * @throws MalformedException if there are fields that nobody has asked for
   */
  public void requireNoOtherFields() throws MalformedException {
    Set<String> unknown = new TreeSet<>();
    object.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(accessed);
    if (!unknown.isEmpty()) {
      throw new MalformedException("unknown field " + path + unknown.iterator().next());
    }
  }

  /** Says what is wrong with a field. */
  public MalformedException malformed(String name, String why) {
    return new MalformedException(path + name + ": " + why);
  }

  private JsonNode required(String name) throws MalformedException {
    accessed.add(name);
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      throw malformed(name, "it is missing");
    }
    return value;
  }
}
