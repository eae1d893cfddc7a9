package teos.benchmarks.load;

import java.util.List;
import teos.protocol.PublicKey;

/**
 * All that is going to be sent, as bytes: nothing is signed while the clock runs.
 *
 * @param tower the tower's id, as its registrations have it
 * @param adds requests for add_appointment, each for a locator of its own
 * @param reads requests for get_appointment, used again and again
 */
record PreparedRequests(PublicKey tower, byte[][] adds, List<Read> reads) {

  /**
   * A request for get_appointment.
   *
   * @param expected the body of its answer, which has been checked once
   */
  record Read(byte[] request, byte[] expected) {}
}
