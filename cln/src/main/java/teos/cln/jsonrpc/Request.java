package teos.cln.jsonrpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;

/**
 * Request of lightningd.
 *
 * @param id empty for a notification
 * @param params an array or an object; a missing node if there are none
 */
public record Request(Optional<RequestId> id, String method, JsonNode params) {

  private static final JsonFactory FACTORY = new JsonFactory();

  /**
   * Parses a message.
   *
   * @throws MalformedException if it is not a JSON object with a method
   */
  public static Request parse(String text) throws MalformedException {
    ObjectNode json = JsonText.parse(text);
    JsonNode method = json.path("method");
    if (!method.isTextual()) {
      throw new MalformedException("a method is expected");
    }
    JsonNode id = json.path("id");
    if (id.isContainerNode()) {
      throw new MalformedException("a text or a number is expected as id");
    }
    return new Request(
        id.isMissingNode() || id.isNull() ? Optional.empty() : Optional.of(rawId(text)),
        method.textValue(),
        json.path("params"));
  }

  /** Returns the id as it is spelled in {@code text}, which contains one. */
  private static RequestId rawId(String text) throws MalformedException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean isId = parser.currentName().equals("id");
        parser.nextToken();
        int start = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        if (isId) {
          parser.getText(); // reads the value to its end
          int end = (int) parser.currentLocation().getCharOffset();
          return new RequestId(text.substring(start, end).strip());
        }
      }
      throw new MalformedException("an id is expected");
    } catch (IOException e) {
      throw new UncheckedIOException(e); // impossible, as the text has been parsed before
    }
  }
}
