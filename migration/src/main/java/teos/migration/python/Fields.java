package teos.migration.python;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Fields of a python-teos record, which is a JSON object. Each method throws {@link
 * IllegalArgumentException} if the field is missing or has another type.
 */
final class Fields {

  private static final long U32_MAX = 0xffff_ffffL;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final JsonNode json;

  private Fields(JsonNode json) {
    this.json = json;
  }

  /**
   * Parses an object with exactly the fields {@code names}. An unknown field is an error because
   * its value would be lost.
   */
  static Fields read(byte[] value, Set<String> names) {
    JsonNode json = tree(value);
    if (!json.isObject()) {
      throw new IllegalArgumentException("expected a JSON object");
    }
    Set<String> found = new TreeSet<>();
    json.fieldNames().forEachRemaining(found::add);
    if (!found.equals(names)) {
      throw new IllegalArgumentException(
          "expected the fields " + new TreeSet<>(names) + ", found " + found);
    }
    return new Fields(json);
  }

  /** Checks that {@code value} is an array of strings that match {@code pattern}. */
  static void requireTexts(byte[] value, String pattern) {
    JsonNode json = tree(value);
    if (!json.isArray()) {
      throw new IllegalArgumentException("expected a JSON array");
    }
    for (JsonNode each : json) {
      if (!each.isTextual() || !each.textValue().matches(pattern)) {
        throw new IllegalArgumentException("expected an array of uuids, found " + each);
      }
    }
  }

  private static JsonNode tree(byte[] value) {
    try {
      return MAPPER.readTree(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON: " + e.getMessage(), e);
    }
  }

  String text(String name) {
    JsonNode field = json.path(name);
    if (!field.isTextual()) {
      throw new IllegalArgumentException(name + " is not a string");
    }
    return field.textValue();
  }

  long u32(String name) {
    return u32(name, json.path(name));
  }

  private static long u32(String name, JsonNode field) {
    if (!field.isIntegralNumber()
        || !field.canConvertToLong()
        || field.longValue() < 0
        || field.longValue() > U32_MAX) {
      throw new IllegalArgumentException(name + " is not an unsigned 32-bit integer: " + field);
    }
    return field.longValue();
  }

  byte[] hex(String name) {
    try {
      return HexFormat.of().parseHex(text(name));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " is not hex: " + e.getMessage(), e);
    }
  }

  Locator locator(String name) {
    byte[] bytes = hex(name);
    if (bytes.length != Locator.LENGTH) {
      throw new IllegalArgumentException(name + " is not 16 bytes");
    }
    return new Locator(bytes);
  }

  Txid txid(String name) {
    byte[] bytes = hex(name);
    if (bytes.length != Txid.LENGTH) {
      throw new IllegalArgumentException(name + " is not 32 bytes");
    }
    return Txid.ofDisplay(bytes);
  }

  PublicKey user(String name) {
    return user(name, text(name));
  }

  /**
   * Parses a user id with the checks of python-teos: 33 bytes that begin with 02 or 03, not
   * necessarily a point on the curve.
   */
  static PublicKey user(String name, String hex) {
    if (!hex.matches("0[23][0-9A-Fa-f]{64}")) {
      throw new IllegalArgumentException(name + " is not a compressed public key in hex");
    }
    return PublicKey.ofTrusted(HexFormat.of().parseHex(hex));
  }

  /** Returns the number under {@code key} in the object {@code name}; 0 if it is missing. */
  int slots(String name, String key) {
    JsonNode slots = json.path(name).path(key);
    return slots.isMissingNode() ? 0 : Math.toIntExact(u32(name, slots));
  }

  /** Checks that {@code name} is an object whose values are numbers. */
  Fields requireSlots(String name) {
    JsonNode slots = json.path(name);
    if (!slots.isObject()) {
      throw new IllegalArgumentException(name + " is not a JSON object");
    }
    slots.properties().forEach(entry -> u32(name, entry.getValue()));
    return this;
  }
}
