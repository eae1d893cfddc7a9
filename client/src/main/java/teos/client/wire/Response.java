package teos.client.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import teos.client.evidence.RecordedResponse;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;

/**
 * What came back.
 *
 * @param retryAfter from the header of that name, in seconds; a date there is not read
 */
public record Response(RecordedResponse recorded, Optional<Duration> retryAfter) {

  /**
   * The object that was granted.
   *
   * @throws TowerErrorException if it was not
   */
  public ObjectNode successBody() throws TowerErrorException {
    if (recorded.status() != 200) {
      throw new TowerErrorException(error());
    }
    try {
      return JsonText.parse(recorded.body());
    } catch (MalformedException e) {
      throw new TowerErrorException(
          TowerError.unexpected(recorded, String.valueOf(e.getMessage())));
    }
  }

  /** What the refusal means, if it is one. */
  public TowerError error() {
    return TowerError.of(recorded, retryAfter);
  }
}
