package teos.client.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Reads the fields of a JSON object and checks their types. */
public final class JsonFields {

  private static final long U32_MAX = 0xffff_ffffL;

  private final ObjectNode object;
  private final String path;
  private final Set<String> accessed = new HashSet<>();

  /** Reads the fields of a top-level object. */
  public JsonFields(ObjectNode object) {
    this(object, "");
  }

  private JsonFields(ObjectNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /** Returns whether the field exists and is not null. */
  public boolean has(String name) {
    return object.hasNonNull(name);
  }

  /** Returns a string. */
  public String text(String name) throws MalformedException {
    JsonNode value = required(name);
    if (!value.isTextual()) {
      throw malformed(name, "text is expected");
    }
    return value.textValue();
  }

  /** Returns a string; empty if the field is missing. */
  public Optional<String> optionalText(String name) throws MalformedException {
    return has(name) ? Optional.of(text(name)) : Optional.empty();
  }

  /**
   * Returns a parsed string.
   *
   * @param expected describes a valid value in the error, such as "32 hex digits"
   * @param parser throws IllegalArgumentException or DateTimeException if the text is not valid
   */
  public <T> T parsed(String name, String expected, Function<String, T> parser)
      throws MalformedException {
    try {
      return parser.apply(text(name));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw malformed(name, expected + " is expected");
    }
  }

  /** Returns bytes of any length, written in hex. */
  public byte[] bytes(String name) throws MalformedException {
    return parsed(name, "hex", HexFormat.of()::parseHex);
  }

  /**
   * Returns a list of at least one item, each bytes of any length, written in hex.
   *
   * @param expected describes a valid item in the error
   */
  public List<byte[]> bytesList(String name, String expected) throws MalformedException {
    if (!(required(name) instanceof ArrayNode list) || list.isEmpty()) {
      throw malformed(name, "a list is expected, of at least one item: " + expected);
    }
    List<byte[]> items = new ArrayList<>();
    for (JsonNode item : list) {
      String itemName = name + "[" + items.size() + "]";
      try {
        items.add(HexFormat.of().parseHex(item.isTextual() ? item.textValue() : "no text"));
      } catch (IllegalArgumentException e) {
        throw malformed(itemName, expected + " is expected");
      }
    }
    return items;
  }

  /**
   * Returns whether the field is a list that contains {@code text}. For what a tower adds to a
   * response: if it is not a list, or missing, it contains nothing.
   */
  public boolean lists(String name, String text) {
    accessed.add(name);
    for (JsonNode item : object.path(name)) {
      if (item.isTextual() && item.textValue().equals(text)) {
        return object.path(name).isArray();
      }
    }
    return false;
  }

  /** Returns a time in ISO 8601, UTC. */
  public Instant time(String name) throws MalformedException {
    return parsed(name, "a time such as 2026-01-31T12:00:00Z", Instant::parse);
  }

  /** Returns an unsigned 32-bit integer. */
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

  /** Returns a signed 32-bit integer; empty if the field is missing. */
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

  /** Returns the fields of a nested object. */
  public JsonFields object(String name) throws MalformedException {
    if (required(name) instanceof ObjectNode inner) {
      return new JsonFields(inner, path + name + ".");
    }
    throw malformed(name, "an object is expected");
  }

  /**
   * Checks that all fields have been read.
   *
   * @throws MalformedException if the object has other fields
   */
  public void requireNoOtherFields() throws MalformedException {
    Set<String> unknown = new TreeSet<>();
    object.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(accessed);
    if (!unknown.isEmpty()) {
      throw new MalformedException("unknown field " + path + unknown.iterator().next());
    }
  }

  /** Returns the exception for a malformed field. */
  public MalformedException malformed(String name, String reason) {
    return new MalformedException(path + name + ": " + reason);
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
