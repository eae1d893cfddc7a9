package teos.benchmarks.load;

import java.util.List;
import teos.protocol.PublicKey;

/**
 * All requests of a load run as bytes, so that nothing is signed while the clock runs.
 *
 * @param tower the tower's id: the key that signed the registrations
 * @param adds requests for add_appointment, each for a different locator
 * @param reads requests for get_appointment, each used many times
 */
record PreparedRequests(PublicKey tower, byte[][] adds, List<Read> reads) {

  /**
   * Prepared get_appointment request.
   *
   * @param expected body of the response, which was verified during the preparation
   */
  record Read(byte[] request, byte[] expected) {}
}
