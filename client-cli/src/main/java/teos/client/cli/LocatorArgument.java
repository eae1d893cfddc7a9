package teos.client.cli;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import teos.client.AppointmentStatus;
import teos.client.TowerClient;
import teos.client.store.KnownTower;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Which appointment is meant: its locator, or the txid of the commitment that it is about.
 * Explorers and nodes show a txid in one order of its bytes, and transactions and some logs in the
 * other; which one it is shows in what is known under either locator.
 *
 * @param bytes of a locator or of a txid, as typed
 */
record LocatorArgument(byte[] bytes) {

  static PositionalParamSpec spec() {
    return Command.argument(
        "LOCATOR",
        "The appointment's locator (32 hex digits), or the commitment's txid (64, in either byte"
            + " order).");
  }

  static LocatorArgument read(ParseResult given) throws UsageException {
    String text = given.matchedPositionalValue(0, "");
    byte[] bytes = new byte[0];
    try {
      bytes = HexFormat.of().parseHex(text.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      // refused below, as a wrong length is
    }
    if (bytes.length != Locator.LENGTH && bytes.length != Txid.LENGTH) {
      throw new UsageException(
          "a locator (32 hex digits) or the txid of a commitment (64) is expected, not '"
              + text
              + "'");
    }
    return new LocatorArgument(bytes);
  }

  /** Of a txid, the locators by both orders of its bytes, that of explorers first. */
  List<Locator> candidates(Dialect dialect) {
    return bytes.length == Locator.LENGTH
        ? List.of(new Locator(bytes))
        : List.of(dialect.locator(Txid.ofDisplay(bytes)), dialect.locator(Txid.ofInternal(bytes)));
  }

  /** The locator by what is in the user's folder; that of explorers' order if nothing is. */
  Locator resolveLocally(TowerClient client, KnownTower tower) throws IOException {
    List<Locator> candidates = candidates(tower.parties().dialect());
    return findInFolder(client, tower, candidates).orElse(candidates.getFirst());
  }

  /** The same; if nothing is in the folder, the tower is asked. */
  Locator resolve(TowerClient client, KnownTower tower) throws Exception {
    List<Locator> candidates = candidates(tower.parties().dialect());
    Optional<Locator> kept = findInFolder(client, tower, candidates);
    if (kept.isPresent()) {
      return kept.get();
    }
    for (Locator one : candidates.subList(0, candidates.size() - 1)) {
      PublicKey id = tower.parties().tower();
      if (!(client.appointment(id, one) instanceof AppointmentStatus.NotFound)) {
        return one;
      }
    }
    return candidates.getLast();
  }

  private static Optional<Locator> findInFolder(
      TowerClient client, KnownTower tower, List<Locator> candidates) throws IOException {
    PublicKey id = tower.parties().tower();
    for (Locator one : candidates) {
      if (client.receipt(id, one).isPresent()
          || !client.towerFolder(id).queue().entries(one).isEmpty()) {
        return Optional.of(one);
      }
    }
    return Optional.empty();
  }
}
