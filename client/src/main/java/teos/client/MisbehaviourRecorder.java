package teos.client;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import teos.client.evidence.MisbehaviourKind;
import teos.client.evidence.Proof;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.RecordedResponse;
import teos.client.evidence.Registration;
import teos.client.evidence.SignedReceipt;
import teos.client.store.KnownTower.RecordedMisbehaviour;
import teos.client.store.TowerFolder;
import teos.client.wire.MisbehavingException;
import teos.client.wire.TowerAddress;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * Saves the proof of a tower's misbehaviour and marks the tower. A response from another address
 * than the saved one may come from another tower, so it is reported but the tower is not marked.
 *
 * @param address address that sent the response
 */
record MisbehaviourRecorder(TowerFolder folder, TowerAddress address, SecretKey user) {

  /** Records a receipt or a registration that another key has signed. */
  MisbehavingException recordWrongSignature(
      MisbehaviourKind kind,
      ReceiptParties parties,
      Registration registration,
      Optional<SignedReceipt> receipt,
      Optional<PublicKey> signer,
      RecordedResponse response)
      throws IOException {
    String description =
        signer
            .map(key -> "it signed with another key, " + key)
            .orElse("its signature is not valid for any key");
    return record(
        Proof.create(user, kind, parties, registration, receipt, signer, response), description);
  }

  /** Records a response that contradicts a receipt. */
  MisbehavingException recordBrokenReceipt(
      MisbehaviourKind kind,
      ReceiptParties parties,
      Registration registration,
      SignedReceipt receipt,
      RecordedResponse response,
      String description)
      throws IOException {
    return record(
        Proof.create(
            user, kind, parties, registration, Optional.of(receipt), Optional.empty(), response),
        description);
  }

  private MisbehavingException record(Proof proof, String description) throws IOException {
    PublicKey id = proof.parties().tower();
    if (folder.tower().filter(tower -> tower.address().equals(address)).isEmpty()) {
      return new MisbehavingException(
          "the response from "
              + address
              + " is wrong for the tower "
              + id
              + ": "
              + description
              + "; the tower is not marked, as this is not the saved address",
          Optional.empty());
    }
    Path file = folder.save(proof);
    RecordedMisbehaviour recorded =
        new RecordedMisbehaviour(
            proof.kind().fileText(), description, file.getFileName().toString(), Instant.now());
    folder.update(
        tower ->
            replaces(tower.misbehaviour(), recorded) ? tower.withMisbehaviour(recorded) : tower);
    return new MisbehavingException(
        "the tower " + id + " is misbehaving: " + description, Optional.of(file));
  }

  /**
   * Returns whether to record the new misbehaviour. One that stops sending is not replaced by one
   * that does not.
   */
  private static boolean replaces(Optional<RecordedMisbehaviour> before, RecordedMisbehaviour now) {
    return before.isEmpty() || now.stopsSending() || !before.get().stopsSending();
  }
}
