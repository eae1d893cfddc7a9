package teos.cln.takeover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * Receipts and proofs of rust-teos's plugin. It does not keep the appointments that a tower has
 * accepted, without which its receipts cannot become those of the client library. So they are kept
 * as they are, one line each, in {@code rust-teos/<tower id>.receipts}.
 */
public final class TakenOverReceipts {

  private static final int FIELDS = 4;

  private final Path folder;

  /**
   * @param folder the plugin's folder
   */
  public TakenOverReceipts(Path folder) {
    this.folder = folder.resolve("rust-teos");
  }

  /**
   * A receipt.
   *
   * @param locator 32 hex digits
   * @param startBlock height from which the tower watches
   * @param userSignature the user's, over the appointment
   * @param signature the tower's
   */
  public record Line(String locator, long startBlock, String userSignature, String signature) {

    /** Returns the receipt in the form of rust-teos's plugin. */
    public ObjectNode json() {
      return JsonText.newObject()
          .put("user_signature", userSignature)
          .put("start_block", startBlock)
          .put("signature", signature);
    }

    String text() {
      return locator + " " + startBlock + " " + userSignature + " " + signature + "\n";
    }

    private static Line parse(String text) throws IOException {
      String[] fields = text.split(" ", -1);
      if (fields.length != FIELDS) {
        throw new IOException("a receipt of rust-teos's plugin is damaged: " + text);
      }
      return new Line(fields[0], Long.parseLong(fields[1]), fields[2], fields[3]);
    }
  }

  Path folder() {
    return folder;
  }

  /** Returns the file with the tower's receipts, which may not exist. */
  Path receiptFile(PublicKey tower) {
    return folder.resolve(tower.toHex() + ".receipts");
  }

  /** Returns the file with the proof of the tower's misbehaviour, which may not exist. */
  Path proofFile(PublicKey tower) {
    return folder.resolve(tower.toHex() + ".proof.json");
  }

  /** Receives receipts one by one. */
  public interface Receiver {
    /** Receives the next one. */
    void accept(Line line) throws IOException;
  }

  /** Passes all receipts of a tower to {@code receiver}. */
  public void forEach(PublicKey tower, Receiver receiver) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(receiptFile(tower))) {
      String line = reader.readLine();
      while (line != null) {
        receiver.accept(Line.parse(line));
        line = reader.readLine();
      }
    } catch (NoSuchFileException e) {
      // nothing was taken over
    }
  }

  /** Returns the receipt for {@code locator}. */
  public Optional<Line> find(PublicKey tower, Locator locator) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(receiptFile(tower))) {
      String line = reader.readLine();
      while (line != null) {
        if (line.startsWith(locator.toHex())) {
          return Optional.of(Line.parse(line));
        }
        line = reader.readLine();
      }
    } catch (NoSuchFileException e) {
      // nothing was taken over
    }
    return Optional.empty();
  }

  /** Returns the proof of the tower's misbehaviour, in the form of rust-teos's plugin. */
  public Optional<JsonNode> proof(PublicKey tower) throws IOException {
    try {
      return Optional.of(JsonText.parse(Files.readString(proofFile(tower))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (MalformedException e) {
      throw new IOException(proofFile(tower) + " is damaged: " + e.getMessage(), e);
    }
  }
}
