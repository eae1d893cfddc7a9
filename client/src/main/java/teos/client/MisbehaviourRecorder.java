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
 * Keeps the proof of what a tower has done wrong, and marks the tower. What is heard at another
 * address than the saved one may be another tower's, or a typing error: it is reported, and the
 * tower not accused.
 *
 * @param address at which it was heard
 */
record MisbehaviourRecorder(TowerFolder folder, TowerAddress address, SecretKey user) {

  /** A receipt or a registration that another key has signed. */
  MisbehavingException recordWrongSignature(
      MisbehaviourKind kind,
      ReceiptParties parties,
      Registration registration,
      Optional<SignedReceipt> promise,
      Optional<PublicKey> signer,
      RecordedResponse answer)
      throws IOException {
    String why =
        signer
            .map(key -> "it signed with another key, " + key)
            .orElse("what it gave as its signature is none");
    return record(Proof.create(user, kind, parties, registration, promise, signer, answer), why);
  }

  /** A receipt that the answer belies. */
  MisbehavingException recordBrokenReceipt(
      MisbehaviourKind kind,
      ReceiptParties parties,
      Registration registration,
      SignedReceipt promise,
      RecordedResponse answer,
      String why)
      throws IOException {
    return record(
        Proof.create(
            user, kind, parties, registration, Optional.of(promise), Optional.empty(), answer),
        why);
  }

  private MisbehavingException record(Proof proof, String why) throws IOException {
    if (folder.tower().filter(tower -> tower.address().equals(address)).isEmpty()) {
      return new MisbehavingException(
          "what is at "
              + address
              + ", which is not the saved address, is not as "
              + proof.parties().tower()
              + " should be: "
              + why,
          Optional.empty());
    }
    Path file = folder.save(proof);
    RecordedMisbehaviour seen =
        new RecordedMisbehaviour(
            proof.kind().fileText(), why, file.getFileName().toString(), Instant.now());
    folder.update(
        tower -> replaces(tower.misbehaviour(), seen) ? tower.withMisbehaviour(seen) : tower);
    return new MisbehavingException(
        "the tower " + proof.parties().tower() + " is misbehaving: " + why, Optional.of(file));
  }

  /** What stops the sending is not to be hidden by what does not. */
  private static boolean replaces(Optional<RecordedMisbehaviour> before, RecordedMisbehaviour now) {
    return before.isEmpty() || now.stopsSending() || !before.get().stopsSending();
  }
}
