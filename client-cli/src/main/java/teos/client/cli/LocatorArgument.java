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
 * The argument that names an appointment: its locator, or the txid of its commitment. A txid may be
 * in either byte order, as explorers and nodes use one, transactions and some logs the other. The
 * order is found by which of the two locators is known.
 *
 * @param bytes bytes of a locator or a txid, as typed
 */
record LocatorArgument(byte[] bytes) {

  static PositionalParamSpec spec() {
    return Command.argument(
        "LOCATOR",
        "The appointment's locator (32 hex digits), or its commitment's txid (64, in either byte"
            + " order)");
  }

  static LocatorArgument read(ParseResult parsed) throws UsageException {
    String text = parsed.matchedPositionalValue(0, "");
    byte[] bytes = new byte[0];
    try {
      bytes = HexFormat.of().parseHex(text.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      // rejected below, like a wrong length
    }
    if (bytes.length != Locator.LENGTH && bytes.length != Txid.LENGTH) {
      throw new UsageException(
          "a locator (32 hex digits) or a commitment's txid (64) is expected, not '" + text + "'");
    }
    return new LocatorArgument(bytes);
  }

  /** Returns the possible locators; for a txid both byte orders, the display order first. */
  List<Locator> candidates(Dialect dialect) {
    return bytes.length == Locator.LENGTH
        ? List.of(new Locator(bytes))
        : List.of(dialect.locator(Txid.ofDisplay(bytes)), dialect.locator(Txid.ofInternal(bytes)));
  }

  /** Returns the locator with a receipt or queued version; otherwise that of the display order. */
  Locator resolveLocally(TowerClient client, KnownTower tower) throws IOException {
    List<Locator> candidates = candidates(tower.parties().dialect());
    return findInFolder(client, tower, candidates).orElse(candidates.getFirst());
  }

  /**
   * Resolves like {@link #resolveLocally}, but asks the tower if the folder contains neither
   * locator.
   */
  Locator resolve(TowerClient client, KnownTower tower) throws Exception {
    List<Locator> candidates = candidates(tower.parties().dialect());
    Optional<Locator> found = findInFolder(client, tower, candidates);
    if (found.isPresent()) {
      return found.get();
    }
    for (Locator candidate : candidates.subList(0, candidates.size() - 1)) {
      PublicKey id = tower.parties().tower();
      if (!(client.appointment(id, candidate) instanceof AppointmentStatus.NotFound)) {
        return candidate;
      }
    }
    return candidates.getLast();
  }

  private static Optional<Locator> findInFolder(
      TowerClient client, KnownTower tower, List<Locator> candidates) throws IOException {
    PublicKey id = tower.parties().tower();
    for (Locator candidate : candidates) {
      if (client.receipt(id, candidate).isPresent()
          || !client.towerFolder(id).queue().entries(candidate).isEmpty()) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
