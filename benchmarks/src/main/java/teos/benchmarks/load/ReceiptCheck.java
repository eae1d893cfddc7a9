package teos.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;

/**
 * Verifies the receipts after the clock has stopped: each must be for the locator that was sent,
 * and signed by the tower over the user's signature.
 */
final class ReceiptCheck {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Dialect dialect;
  private final PublicKey tower;

  private ReceiptCheck(Dialect dialect, PublicKey tower) {
    this.dialect = dialect;
    this.tower = tower;
  }

  /**
   * Verifies {@code receipts}.
   *
   * @param receipts the bodies of the responses; null for a request without one
   * @return the number of occurrences of each fault; empty if all receipts are valid
   */
  static Map<String, Integer> faults(
      Dialect dialect, PreparedRequests requests, byte[][] receipts) {
    ReceiptCheck check = new ReceiptCheck(dialect, requests.tower());
    Map<String, Integer> faults = new TreeMap<>();
    IntStream.range(0, receipts.length)
        .filter(i -> receipts[i] != null)
        .parallel()
        .mapToObj(i -> check.fault(requests.adds()[i], Objects.requireNonNull(receipts[i])))
        .filter(fault -> !fault.isEmpty())
        .sequential()
        .forEachOrdered(fault -> faults.merge(fault, 1, Integer::sum));
    return faults;
  }

  private String fault(byte[] request, byte[] receipt) {
    try {
      JsonNode sent = MAPPER.readTree(body(request));
      JsonNode answer = MAPPER.readTree(receipt);
      if (!answer.path("locator").equals(sent.path("appointment").path("locator"))) {
        return "a receipt for another locator";
      }
      if (!answer.path("start_block").isIntegralNumber()) {
        return "a receipt without a start_block";
      }
      byte[] message =
          new AppointmentReceipt(
                  sent.path("signature").asText(), answer.path("start_block").asLong())
              .signedBytes(dialect);
      PublicKey signer = MessageSignature.recover(message, answer.path("signature").asText());
      return signer.equals(tower) ? "" : "a receipt that the tower's key has not signed";
    } catch (InvalidSignatureException e) {
      return "a receipt with an invalid signature";
    } catch (IOException | IllegalArgumentException e) {
      return "a receipt that cannot be parsed";
    }
  }

  private static String body(byte[] request) {
    String text = new String(request, StandardCharsets.US_ASCII);
    return text.substring(text.indexOf("\r\n\r\n") + 4);
  }
}
