package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Txid;

/**
 * An appointment as the user enters it, in python-teos's format. As there, unknown fields are
 * ignored.
 *
 * @param tx raw penalty transaction
 * @param commitment txid of the revoked commitment
 */
record AppointmentInput(byte[] tx, Txid commitment, long toSelfDelay) {

  static AppointmentInput read(@Nullable String text, @Nullable String file)
      throws UsageException, IOException {
    if ((text == null) == (file == null)) {
      throw new UsageException("an appointment is expected, either as JSON or with -f <file>");
    }
    try {
      ObjectNode json = JsonText.parse(text != null ? text : readFile(file));
      JsonFields fields = new JsonFields(json);
      byte[] tx = fields.bytes("tx");
      if (tx.length == 0) {
        throw fields.malformed("tx", "a raw transaction in hex is expected");
      }
      return new AppointmentInput(
          tx,
          fields.parsed("tx_id", "64 hex digits", Txid::fromDisplayHex),
          fields.u32("to_self_delay"));
    } catch (MalformedException e) {
      throw new UsageException(
          "the appointment"
              + (file == null ? "" : " in " + file)
              + ": "
              + e.getMessage()
              + "; expected {\"tx\": \"...\", \"tx_id\": \"...\", \"to_self_delay\": 144}");
    }
  }

  private static String readFile(@Nullable String file) throws UsageException, IOException {
    if ("-".equals(file)) {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }
    try {
      return Files.readString(Path.of(String.valueOf(file)));
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new UsageException("file not found: " + file);
    } catch (CharacterCodingException e) {
      throw new UsageException(file + " is not UTF-8 text");
    }
  }

  private boolean spends(TxId parent) {
    return Transaction.read(tx).txIn.stream().anyMatch(in -> in.outPoint.txid.equals(parent));
  }

  /** Returns why the appointment would be useless, although a tower would accept it. */
  Optional<String> warning() {
    try {
      TxId parent = new TxId(commitment.toString());
      if (spends(parent)) {
        return Optional.empty();
      }
      return spends(new TxId(commitment.toHex()))
          ? Optional.of(
              "the bytes of tx_id are in reverse order; give it as explorers show it, or the tower"
                  + " watches for the wrong transaction")
          : Optional.of("tx does not spend from tx_id, so it will not punish that commitment");
    } catch (RuntimeException e) {
      return Optional.of("tx is not a transaction, so the tower cannot broadcast it");
    }
  }
}
