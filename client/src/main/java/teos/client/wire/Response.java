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
public record Response(RecordedResponse answer, Optional<Duration> retryAfter) {

  /**
   * The object that was granted.
   *
   * @throws RefusedException if it was not
   */
  public ObjectNode granted() throws RefusedException {
    if (answer.status() != 200) {
      throw new RefusedException(refusal());
    }
    try {
      return JsonText.parse(answer.body());
    } catch (MalformedException e) {
      throw new RefusedException(TowerError.odd(answer, String.valueOf(e.getMessage())));
    }
  }

  /** What the refusal means, if it is one. */
  public TowerError refusal() {
    return TowerError.of(answer, retryAfter);
  }
}
