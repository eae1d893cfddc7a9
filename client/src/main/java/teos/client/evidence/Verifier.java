package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/** Checks a receipt's or a proof's file. Needs no folder, no key and no network. */
public final class Verifier {

  private final List<VerificationReport.Check> checks = new ArrayList<>();
  private final List<String> shows = new ArrayList<>();
  private final List<String> doesNotShow = new ArrayList<>();

  private Verifier() {}

  /**
   * Checks the content of a file.
   *
   * @param commitment if given, the appointment has to be about this commitment transaction
   * @throws MalformedException if it is not the file of a receipt or a proof
   */
  public static VerificationReport verify(String text, Optional<Txid> commitment)
      throws MalformedException {
    ObjectNode object = JsonText.parse(text);
    String format = new JsonFields(object).text("format");
    Verifier verifier = new Verifier();
    return switch (format) {
      case Receipt.FORMAT -> verifier.verifyReceipt(Receipt.parse(text), commitment);
      case Proof.FORMAT -> verifier.verifyProof(Proof.parse(text), commitment);
      default ->
          throw new MalformedException(
              "format: " + Receipt.FORMAT + " or " + Proof.FORMAT + " is expected");
    };
  }

  private VerificationReport verifyReceipt(Receipt receipt, Optional<Txid> commitment) {
    ReceiptParties parties = receipt.parties();
    checkRegistrationSignature(parties, receipt.registration());
    checkReceiptSignatures(parties, receipt.signedReceipt());
    addCommitmentOfTower(parties, receipt.registration(), receipt.signedReceipt());
    commitment.ifPresent(txid -> checkCommitment(parties.dialect(), receipt.signedReceipt(), txid));
    doesNotShow.add("the notes in the file are the user's own, and signed by nobody");
    return report("receipt", parties);
  }

  private VerificationReport verifyProof(Proof proof, Optional<Txid> commitment) {
    ReceiptParties parties = proof.parties();
    check(
        "the user has signed this statement",
        SignerRecovery.recover(proof.signedBytes(), proof.statementSignature())
            .equals(Optional.of(parties.user())));
    switch (proof.kind()) {
      case WRONG_REGISTRATION -> verifyWrongRegistration(proof);
      case WRONG_SIGNATURE -> verifyWrongSignature(proof);
      case FORGOT -> verifyForgot(proof);
      case ALTERED -> verifyAltered(proof);
    }
    commitment.ifPresent(
        txid ->
            proof
                .signedReceipt()
                .ifPresentOrElse(
                    promise -> checkCommitment(parties.dialect(), promise, txid),
                    () -> check("the file is about an appointment", false)));
    return report(proof.kind().fileText(), parties);
  }

  private void verifyWrongRegistration(Proof proof) {
    check("the file holds a registration and no appointment", proof.signedReceipt().isEmpty());
    checkForeignSignature("registration", proof, proof.registration().signer(proof.parties()));
    addUnauthenticatedAnswer();
  }

  private void verifyWrongSignature(Proof proof) {
    checkRegistrationSignature(proof.parties(), proof.registration());
    if (checkHasReceipt(proof)) {
      SignedReceipt promise = proof.signedReceipt().orElseThrow();
      checkUserSignature(proof.parties(), promise);
      checkForeignSignature("receipt", proof, promise.signer(proof.parties().dialect()));
    }
    shows.add("the tower had registered this user");
    addUnauthenticatedAnswer();
  }

  private void addUnauthenticatedAnswer() {
    doesNotShow.add(
        "that it was the tower that answered: towers sign receipts only, so somebody between the"
            + " user and the tower, or the user, could have put another key's signature here");
  }

  private void verifyForgot(Proof proof) {
    Registration registration = proof.registration();
    checkRegistrationSignature(proof.parties(), registration);
    if (checkHasReceipt(proof)) {
      SignedReceipt promise = proof.signedReceipt().orElseThrow();
      checkReceiptSignatures(proof.parties(), promise);
      check(
          "the appointment falls within the subscription",
          coversStartBlock(proof.parties().dialect(), registration, promise));
      check(
          "the answer says that the tower does not have it",
          ResponseReader.deniesAppointment(proof.response())
              || ResponseReader.deniesUser(proof.response())
              || ResponseReader.omitsFromList(
                  proof.response(), promise.signedAppointment().appointment().locator()));
      addCommitmentOfTower(proof.parties(), registration, promise);
    }
    addReportedResponse(proof);
    doesNotShow.add(
        "that the tower was wrong, if by then the chain was past block "
            + registration.subscriptionExpiry()
            + ", or if the commitment had been published and its penalty had 100 confirmations, or"
            + " the blob held no valid penalty: a tower rightly drops those (--txid helps to see)");
  }

  private void verifyAltered(Proof proof) {
    checkRegistrationSignature(proof.parties(), proof.registration());
    if (checkHasReceipt(proof)) {
      SignedReceipt promise = proof.signedReceipt().orElseThrow();
      checkReceiptSignatures(proof.parties(), promise);
      check(
          "the answer has another appointment than the receipt",
          ResponseReader.watchedAppointment(proof.response())
              .filter(other -> !other.equals(promise.signedAppointment().appointment()))
              .isPresent());
      addCommitmentOfTower(proof.parties(), proof.registration(), promise);
    }
    addReportedResponse(proof);
    doesNotShow.add(
        "that the user has not sent a later version: the later one would be the tower's to keep");
  }

  private void addReportedResponse(Proof proof) {
    shows.add(
        "the user says, and signs, that at "
            + proof.response().receivedAt()
            + " the answer to "
            + proof.response().path()
            + " was HTTP "
            + proof.response().status()
            + ": "
            + proof.response().body().strip());
    doesNotShow.add("that the tower gave this answer: towers do not sign such answers");
  }

  private boolean checkHasReceipt(Proof proof) {
    check("the file holds a receipt", proof.signedReceipt().isPresent());
    return proof.signedReceipt().isPresent();
  }

  /** Whether the tower has said until when it keeps the appointment. */
  static boolean coversStartBlock(
      Dialect dialect, Registration registration, SignedReceipt promise) {
    return promise.startBlock() < registration.subscriptionExpiry()
        && (dialect == Dialect.V1 || promise.startBlock() >= registration.subscriptionStart());
  }

  private void checkRegistrationSignature(ReceiptParties parties, Registration registration) {
    check(
        "the registration is signed by the tower",
        registration.signer(parties).equals(Optional.of(parties.tower())));
  }

  private void checkReceiptSignatures(ReceiptParties parties, SignedReceipt promise) {
    checkUserSignature(parties, promise);
    check(
        "the receipt is signed by the tower",
        promise.signer(parties.dialect()).equals(Optional.of(parties.tower())));
  }

  private void checkUserSignature(ReceiptParties parties, SignedReceipt promise) {
    check(
        "the appointment is signed by the user",
        promise.signedAppointment().signer().equals(Optional.of(parties.user())));
  }

  private void checkForeignSignature(String what, Proof proof, Optional<PublicKey> signer) {
    check(
        "the " + what + " is not signed by the tower",
        !signer.equals(Optional.of(proof.parties().tower())));
    check("the file names who has signed", signer.equals(proof.actualSigner()));
    shows.add(
        signer
            .map(key -> "the " + what + " is signed by " + key)
            .orElse("the " + what + "'s signature is nobody's"));
    addReportedResponse(proof);
  }

  private void addCommitmentOfTower(
      ReceiptParties parties, Registration registration, SignedReceipt promise) {
    shows.add(
        "the tower "
            + parties.tower()
            + " has promised the user "
            + parties.user()
            + " to watch for "
            + promise.signedAppointment().appointment().locator()
            + " from block "
            + promise.startBlock()
            + " until block "
            + registration.subscriptionExpiry());
  }

  private void checkCommitment(Dialect dialect, SignedReceipt promise, Txid commitment) {
    checks.addAll(
        CommitmentCheck.check(
            dialect, promise.signedAppointment().appointment(), commitment, shows));
  }

  private void check(String what, boolean holds) {
    checks.add(new VerificationReport.Check(what, holds));
  }

  private VerificationReport report(String kind, ReceiptParties parties) {
    VerificationReport verdict = new VerificationReport(kind, parties, checks, shows, doesNotShow);
    return verdict.isVerified()
        ? verdict
        : new VerificationReport(kind, parties, checks, List.of(), List.of());
  }
}
