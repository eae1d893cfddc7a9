package teos.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import teos.client.evidence.Receipt;
import teos.client.evidence.Registration;
import teos.client.store.KnownTower;
import teos.protocol.Dialect;

/**
 * Decides whether a receipt still binds the tower. The client has no chain, so it estimates the
 * height in the tower's favour: as if blocks came twice as fast as they should.
 */
final class ReceiptValidity {

  private static final Duration MIN_BLOCK_INTERVAL = Duration.ofMinutes(5);
  private static final int MARGIN_BLOCKS = 6;

  private ReceiptValidity() {}

  /**
   * Returns a registration that certainly covers the receipt at {@code now}; empty if none does.
   */
  static Optional<Registration> bindingRegistration(
      Receipt receipt, KnownTower tower, Instant now) {
    return coveringRegistrations(receipt, tower)
        .filter(registration -> maxHeight(receipt, now) < registration.subscriptionExpiry())
        .findFirst();
  }

  /**
   * Returns a registration that covers the receipt, given that the tower itself reports a current
   * subscription until {@code expiry}.
   */
  static Optional<Registration> bindingRegistration(
      Receipt receipt, KnownTower tower, Instant now, long expiry) {
    return coveringRegistrations(receipt, tower)
        .filter(registration -> registration.subscriptionExpiry() == expiry)
        .findFirst()
        .or(() -> bindingRegistration(receipt, tower, now));
  }

  /**
   * Returns the registration of the receipt, preceded by the newest one if that covers the
   * receipt's start block. Only v2 registrations have a start; in v1 the tower may have deleted the
   * data between two subscriptions.
   */
  private static Stream<Registration> coveringRegistrations(Receipt receipt, KnownTower tower) {
    boolean renewed =
        receipt.parties().equals(tower.parties())
            && tower.parties().dialect() == Dialect.V2
            && tower.registration().subscriptionStart() <= receipt.signedReceipt().startBlock();
    return Stream.concat(
        renewed ? Stream.of(tower.registration()) : Stream.empty(),
        Stream.of(receipt.registration()));
  }

  private static long maxHeight(Receipt receipt, Instant now) {
    long elapsed = Math.max(0, Duration.between(receipt.receivedAt(), now).toSeconds());
    return receipt.signedReceipt().startBlock()
        + elapsed / MIN_BLOCK_INTERVAL.toSeconds()
        + MARGIN_BLOCKS;
  }
}
