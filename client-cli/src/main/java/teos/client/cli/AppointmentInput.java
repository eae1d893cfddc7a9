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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Bundle;
import teos.protocol.Txid;

/**
 * An appointment as the user enters it, in python-teos's format with a bundle. As there, unknown
 * fields are ignored.
 *
 * @param tx raw penalty transaction; with a bundle, for towers that do not support bundles
 * @param bundle raw transactions of the bundle; empty without a bundle
 * @param commitment txid of the revoked commitment
 */
record AppointmentInput(byte[] tx, List<byte[]> bundle, Txid commitment, long toSelfDelay) {

  private static final String BUNDLE = "bundle";

  static AppointmentInput read(@Nullable String text, @Nullable String file)
      throws UsageException, IOException {
    if ((text == null) == (file == null)) {
      throw new UsageException("an appointment is expected, either as JSON or with -f <file>");
    }
    try {
      ObjectNode json = JsonText.parse(text != null ? text : readFile(file));
      JsonFields fields = new JsonFields(json);
      List<byte[]> bundle = fields.has(BUNDLE) ? readBundle(fields) : List.of();
      if (!bundle.isEmpty() && !fields.has("tx")) {
        throw fields.malformed(
            "tx", "it is missing; it is sent to towers that do not support bundles");
      }
      byte[] tx = fields.bytes("tx");
      if (tx.length == 0) {
        throw fields.malformed("tx", "a raw transaction in hex is expected");
      }
      return new AppointmentInput(
          tx,
          bundle,
          fields.parsed("tx_id", "64 hex digits", Txid::fromDisplayHex),
          fields.u32("to_self_delay"));
    } catch (MalformedException e) {
      throw new UsageException(
          "the appointment"
              + (file == null ? "" : " in " + file)
              + ": "
              + e.getMessage()
              + "; expected {\"tx\": \"...\", \"tx_id\": \"...\", \"to_self_delay\": 144}, and for"
              + " towers that support it \"bundle\": [\"...\", \"...\"]");
    }
  }

  private static List<byte[]> readBundle(JsonFields fields) throws MalformedException {
    List<byte[]> bundle = fields.bytesList(BUNDLE, "a raw transaction in hex");
    for (int i = 0; i < bundle.size(); i++) {
      if (bundle.get(i).length < Bundle.MIN_MEMBER_LENGTH) {
        throw fields.malformed(
            member(i),
            "a transaction has at least "
                + Bundle.MIN_MEMBER_LENGTH
                + " bytes, not "
                + bundle.get(i).length);
      }
    }
    return bundle;
  }

  private static String member(int index) {
    return BUNDLE + "[" + index + "]";
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

  /** Returns why the appointment would be useless, although a tower would accept it. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    Optional<Transaction> penalty = transaction(tx);
    if (penalty.isEmpty()) {
      warnings.add("tx is not a transaction, so the tower cannot broadcast it");
    } else if (!spends(penalty.get(), commitment.toString())) {
      warnings.add(
          spends(penalty.get(), commitment.toHex())
              ? "the bytes of tx_id are in reverse order; give it as explorers show it, or the"
                  + " tower watches for the wrong transaction"
              : "tx does not spend from tx_id, so it will not punish that commitment");
    }
    boolean useful = bundle.isEmpty();
    for (int i = 0; i < bundle.size(); i++) {
      Optional<Transaction> one = transaction(bundle.get(i));
      if (one.isEmpty()) {
        warnings.add(member(i) + " is not a transaction, so the tower ignores it");
      }
      useful |= one.filter(each -> spends(each, commitment.toString())).isPresent();
    }
    if (!useful) {
      warnings.add(
          "no transaction of the bundle spends from tx_id, so it will not punish that commitment");
    }
    return warnings;
  }

  private static Optional<Transaction> transaction(byte[] raw) {
    try {
      return Optional.of(Transaction.read(raw));
    } catch (RuntimeException e) { // Transaction.read throws various unchecked exceptions
      return Optional.empty();
    }
  }

  private static boolean spends(Transaction spender, String txid) {
    TxId parent = new TxId(txid);
    return spender.txIn.stream().anyMatch(in -> in.outPoint.txid.equals(parent));
  }
}
