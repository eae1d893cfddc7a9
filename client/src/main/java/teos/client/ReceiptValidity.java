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
 * Whether a receipt still binds the tower. There is no chain to look at here, so heights are
 * guessed, and always against the user: blocks are taken to come twice as fast as they should.
 */
final class ReceiptValidity {

  private static final Duration MIN_BLOCK_INTERVAL = Duration.ofMinutes(5);
  private static final int MARGIN_BLOCKS = 6;

  private ReceiptValidity() {}

  /** A registration under which {@code receipt} surely binds now; empty if none does. */
  static Optional<Registration> bindingRegistration(
      Receipt receipt, KnownTower tower, Instant now) {
    return coveringRegistrations(receipt, tower)
        .filter(registration -> maxHeight(receipt, now) < registration.subscriptionExpiry())
        .findFirst();
  }

  /** The same where the tower itself says that the subscription runs until {@code expiry}. */
  static Optional<Registration> bindingRegistration(
      Receipt receipt, KnownTower tower, Instant now, long expiry) {
    return coveringRegistrations(receipt, tower)
        .filter(registration -> registration.subscriptionExpiry() == expiry)
        .findFirst()
        .or(() -> bindingRegistration(receipt, tower, now));
  }

  /**
   * The one that the receipt was given under, and in v2 the newest if it says that it goes back so
   * far. v1 does not say: there, data may have been deleted in between.
   */
  private static Stream<Registration> coveringRegistrations(Receipt receipt, KnownTower tower) {
    boolean extended =
        receipt.parties().equals(tower.parties())
            && tower.parties().dialect() == Dialect.V2
            && tower.registration().subscriptionStart() <= receipt.signedReceipt().startBlock();
    return Stream.concat(
        extended ? Stream.of(tower.registration()) : Stream.empty(),
        Stream.of(receipt.registration()));
  }

  private static long maxHeight(Receipt receipt, Instant now) {
    long elapsed = Math.max(0, Duration.between(receipt.receivedAt(), now).toSeconds());
    return receipt.signedReceipt().startBlock()
        + elapsed / MIN_BLOCK_INTERVAL.toSeconds()
        + MARGIN_BLOCKS;
  }
}
