package teos.client.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** JSON text in both directions. */
public final class JsonText {

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final DefaultPrettyPrinter PRETTY =
      new DefaultPrettyPrinter()
          .withObjectIndenter(new DefaultIndenter("  ", "\n"))
          .withArrayIndenter(new DefaultIndenter("  ", "\n"));

  private JsonText() {}

  /** An empty object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** Bytes as JSON has them here: lower-case hex. */
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Reads one object, and nothing after it.
   *
   * @throws MalformedException if {@code text} is anything else, or holds a field twice
   */
  public static ObjectNode parse(String text) throws MalformedException {
    return read(text) instanceof ObjectNode object ? object : notAnObject();
  }

  private static ObjectNode notAnObject() throws MalformedException {
    throw new MalformedException("a JSON object is expected");
  }

  private static JsonNode read(String text) throws MalformedException {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new MalformedException("not JSON: " + e.getOriginalMessage());
    }
  }

  /** On one line. */
  public static String compact(JsonNode json) {
    return json.toString();
  }

  /** With two spaces of indentation, for people; no line end after it. */
  public static String pretty(JsonNode json) {
    try {
      return MAPPER.writer(PRETTY).writeValueAsString(json);
    } catch (IOException e) {
      throw new IllegalStateException("a tree that cannot be written", e);
    }
  }

  /** As it stands in a file. */
  public static byte[] file(JsonNode json) {
    return (pretty(json) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
