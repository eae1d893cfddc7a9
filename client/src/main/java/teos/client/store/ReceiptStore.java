package teos.client.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import teos.client.evidence.Receipt;
import teos.protocol.Locator;

/** The newest receipt of each locator, in {@code receipts/xx/<locator>.json}. */
public final class ReceiptStore {

  private final Path towerFolder;

  ReceiptStore(Path towerFolder) {
    this.towerFolder = towerFolder;
  }

  /** Saves a receipt and replaces an earlier one for the same locator. */
  public void save(Receipt receipt) throws IOException {
    Path file = file(receipt.appointment().locator());
    Files.createDirectories(file.getParent());
    JsonFile.write(file, receipt.json());
  }

  /**
   * Records the status that the tower has reported for the appointment. Does nothing if a newer
   * receipt has replaced this one.
   */
  public void recordStatus(Receipt receipt, String status) throws IOException {
    FileLocks.withLock(
        towerFolder,
        () -> {
          Optional<Receipt> saved = receipt(receipt.appointment().locator());
          if (saved.isPresent()
              && saved.get().signedReceipt().equals(receipt.signedReceipt())
              && !saved.get().lastStatus().equals(Optional.of(status))) {
            save(saved.get().withStatus(status));
          }
          return saved;
        });
  }

  /** Returns the newest receipt for {@code locator}. */
  public Optional<Receipt> receipt(Locator locator) throws IOException {
    return JsonFile.read(file(locator), Receipt::parse);
  }

  /** Returns the file of the receipt for {@code locator}, which may not exist. */
  public Path file(Locator locator) {
    String name = locator.toHex();
    return folder().resolve(name.substring(0, 2)).resolve(name + JsonFile.SUFFIX);
  }

  /** Returns the locators of all receipts. */
  public Set<Locator> locators() throws IOException {
    Set<Locator> locators = new HashSet<>();
    if (Files.isDirectory(folder())) {
      try (DirectoryStream<Path> prefixes = Files.newDirectoryStream(folder())) {
        for (Path prefix : prefixes) {
          addLocators(prefix, locators);
        }
      }
    }
    return locators;
  }

  private static void addLocators(Path prefix, Set<Locator> locators) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(prefix)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.matches("[0-9a-f]{32}\\.json")) {
          locators.add(Locator.fromHex(name.substring(0, 2 * Locator.LENGTH)));
        }
      }
    }
  }

  private Path folder() {
    return towerFolder.resolve("receipts");
  }
}
