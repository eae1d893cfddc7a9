package teos.client.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map.Entry;
import org.jspecify.annotations.Nullable;

/**
 * Parses and writes JSON with Jackson's streaming API, because loading its ObjectMapper takes
 * longer than a whole command.
 */
public final class JsonText {

  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private static final DefaultPrettyPrinter PRETTY =
      new DefaultPrettyPrinter()
          .withObjectIndenter(new DefaultIndenter("  ", "\n"))
          .withArrayIndenter(new DefaultIndenter("  ", "\n"));

  private JsonText() {}

  /** Returns an empty object. */
  public static ObjectNode newObject() {
    return NODES.objectNode();
  }

  /** Returns bytes in lower-case hex, as all JSON of the client contains them. */
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Parses a text that consists of one object.
   *
   * @throws MalformedException if the text is anything else or contains a field twice
   */
  public static ObjectNode parse(String text) throws MalformedException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedException("a JSON object is expected");
      }
      ObjectNode object = newObject(parser);
      if (parser.nextToken() != null) {
        throw new MalformedException("nothing is expected after the JSON object");
      }
      return object;
    } catch (JsonProcessingException e) {
      throw new MalformedException("not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode newObject(JsonParser parser) throws IOException, MalformedException {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      object.set(name, node(parser));
    }
    return object;
  }

  /** Reads a value recursively; Jackson limits the depth to 1,000. */
  private static JsonNode node(JsonParser parser) throws IOException, MalformedException {
    @Nullable JsonToken token = parser.currentToken();
    if (token == null) {
      throw textEndsTooEarly();
    }
    return switch (token) {
      case START_OBJECT -> newObject(parser);
      case START_ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(node(parser));
        }
        yield array;
      }
      case VALUE_STRING -> NODES.textNode(parser.getText());
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> throw textEndsTooEarly();
    };
  }

  private static MalformedException textEndsTooEarly() {
    return new MalformedException("not JSON: the text ends too early");
  }

  private static JsonNode integer(JsonParser parser) throws IOException {
    return switch (parser.getNumberType()) {
      case INT -> NODES.numberNode(parser.getIntValue());
      case LONG -> NODES.numberNode(parser.getLongValue());
      default -> NODES.numberNode(parser.getBigIntegerValue());
    };
  }

  /** Returns the JSON on one line. */
  public static String compact(JsonNode json) {
    return write(json, false);
  }

  /** Returns the JSON indented by two spaces, without a final line end. */
  public static String pretty(JsonNode json) {
    return write(json, true);
  }

  /** Returns the content of a file: indented, UTF-8, with a final line end. */
  public static byte[] fileBytes(JsonNode json) {
    return (pretty(json) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Returns a generator for JSON in UTF-8 that need not fit into memory. Closing it flushes, but
   * does not close the stream.
   */
  public static JsonGenerator generator(OutputStream stream) throws IOException {
    return FACTORY.createGenerator(stream).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
  }

  private static String write(JsonNode json, boolean pretty) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(text)) {
      if (pretty) {
        generator.setPrettyPrinter(PRETTY.createInstance());
      }
      write(json, generator);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** Writes a value to {@code generator}. */
  public static void write(JsonNode json, JsonGenerator generator) throws IOException {
    switch (json.getNodeType()) {
      case OBJECT -> {
        generator.writeStartObject();
        for (Entry<String, JsonNode> field : json.properties()) {
          generator.writeFieldName(field.getKey());
          write(field.getValue(), generator);
        }
        generator.writeEndObject();
      }
      case ARRAY -> {
        generator.writeStartArray();
        for (JsonNode element : json) {
          write(element, generator);
        }
        generator.writeEndArray();
      }
      case STRING -> generator.writeString(json.textValue());
      case BOOLEAN -> generator.writeBoolean(json.booleanValue());
      case NULL -> generator.writeNull();
      case NUMBER -> generator.writeNumber(json.asText());
      case BINARY, MISSING, POJO ->
          throw new IllegalArgumentException("not a JSON value: " + json.getNodeType());
    }
  }
}
