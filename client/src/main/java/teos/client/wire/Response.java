package teos.client.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import teos.client.evidence.RecordedResponse;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;

/**
 * A tower's response.
 *
 * @param retryAfter header {@code Retry-After} in seconds; a date there is ignored
 */
public record Response(RecordedResponse recorded, Optional<Duration> retryAfter) {

  /**
   * Returns the JSON object of a response with HTTP 200.
   *
   * @throws TowerErrorException if it is another response
   */
  public ObjectNode successBody() throws TowerErrorException {
    if (recorded.status() != 200) {
      throw new TowerErrorException(error());
    }
    try {
      return JsonText.parse(recorded.body());
    } catch (MalformedException e) {
      throw unexpected(e);
    }
  }

  /** Returns the error in a response that is not a success. */
  public TowerError error() {
    return TowerError.of(recorded, retryAfter);
  }

  /** Returns the exception for a response with HTTP 200 whose content is not as expected. */
  public TowerErrorException unexpected(MalformedException cause) {
    return new TowerErrorException(
        TowerError.unexpected(recorded, String.valueOf(cause.getMessage())));
  }
}
