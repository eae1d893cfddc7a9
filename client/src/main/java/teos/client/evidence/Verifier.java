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

/** Verifies the files of receipts and proofs, without folder, key or network. */
public final class Verifier {

  private final List<VerificationReport.Check> checks = new ArrayList<>();
  private final List<String> shows = new ArrayList<>();
  private final List<String> doesNotShow = new ArrayList<>();

  private Verifier() {}

  /**
   * Verifies the content of a file.
   *
   * @param commitment if given, also checks that the appointment is for this commitment transaction
   * @throws MalformedException if the text is neither a receipt nor a proof
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
    addPromise(parties, receipt.registration(), receipt.signedReceipt());
    commitment.ifPresent(txid -> checkCommitment(parties.dialect(), receipt.signedReceipt(), txid));
    doesNotShow.add("that the notes in the file are true: they are the user's own and not signed");
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
                    receipt -> checkCommitment(parties.dialect(), receipt, txid),
                    () -> check("the file is about an appointment", false)));
    return report(proof.kind().fileText(), parties);
  }

  private void verifyWrongRegistration(Proof proof) {
    check("the file contains a registration and no appointment", proof.signedReceipt().isEmpty());
    checkForeignSignature("registration", proof, proof.registration().signer(proof.parties()));
    addUnauthenticatedServer();
  }

  private void verifyWrongSignature(Proof proof) {
    checkRegistrationSignature(proof.parties(), proof.registration());
    if (checkHasReceipt(proof)) {
      SignedReceipt receipt = proof.signedReceipt().orElseThrow();
      checkUserSignature(proof.parties(), receipt);
      checkForeignSignature("receipt", proof, receipt.signer(proof.parties().dialect()));
    }
    shows.add("the tower had registered this user");
    addUnauthenticatedServer();
  }

  private void addUnauthenticatedServer() {
    doesNotShow.add(
        "that the response came from the tower: towers sign receipts only, so the user, or somebody"
            + " between the user and the tower, could have put another key's signature here");
  }

  private void verifyForgot(Proof proof) {
    Registration registration = proof.registration();
    checkRegistrationSignature(proof.parties(), registration);
    if (checkHasReceipt(proof)) {
      SignedReceipt receipt = proof.signedReceipt().orElseThrow();
      checkReceiptSignatures(proof.parties(), receipt);
      check(
          "the appointment falls within the subscription",
          coversStartBlock(proof.parties().dialect(), registration, receipt));
      check(
          "the response says that the tower does not have the appointment",
          ResponseReader.deniesAppointment(proof.response())
              || ResponseReader.deniesUser(proof.response())
              || ResponseReader.omitsFromList(
                  proof.response(), receipt.signedAppointment().appointment().locator()));
      addPromise(proof.parties(), registration, receipt);
    }
    addReportedResponse(proof);
    doesNotShow.add(
        "that the tower was wrong, if the chain was past block "
            + registration.subscriptionExpiry()
            + ", or if the commitment had been published and its penalty had 100 confirmations or"
            + " the blob contained no valid penalty: a tower rightly drops those appointments"
            + " (--txid helps to check)");
  }

  private void verifyAltered(Proof proof) {
    checkRegistrationSignature(proof.parties(), proof.registration());
    if (checkHasReceipt(proof)) {
      SignedReceipt receipt = proof.signedReceipt().orElseThrow();
      checkReceiptSignatures(proof.parties(), receipt);
      check(
          "the response contains another appointment than the receipt",
          ResponseReader.watchedAppointment(proof.response())
              .filter(other -> !other.equals(receipt.signedAppointment().appointment()))
              .isPresent());
      addPromise(proof.parties(), proof.registration(), receipt);
    }
    addReportedResponse(proof);
    doesNotShow.add(
        "that the user has not sent a later version, which the tower would have to keep instead");
  }

  private void addReportedResponse(Proof proof) {
    shows.add(
        "the user states and signs that at "
            + proof.response().receivedAt()
            + " the response to "
            + proof.response().path()
            + " was HTTP "
            + proof.response().status()
            + ": "
            + proof.response().body().strip());
    doesNotShow.add("that the tower gave this response: towers do not sign such responses");
  }

  private boolean checkHasReceipt(Proof proof) {
    check("the file contains a receipt", proof.signedReceipt().isPresent());
    return proof.signedReceipt().isPresent();
  }

  /** Returns whether the receipt's start block lies within the subscription. */
  static boolean coversStartBlock(
      Dialect dialect, Registration registration, SignedReceipt receipt) {
    return receipt.startBlock() < registration.subscriptionExpiry()
        && (dialect == Dialect.V1 || receipt.startBlock() >= registration.subscriptionStart());
  }

  private void checkRegistrationSignature(ReceiptParties parties, Registration registration) {
    check(
        "the registration is signed by the tower",
        registration.signer(parties).equals(Optional.of(parties.tower())));
  }

  private void checkReceiptSignatures(ReceiptParties parties, SignedReceipt receipt) {
    checkUserSignature(parties, receipt);
    check(
        "the receipt is signed by the tower",
        receipt.signer(parties.dialect()).equals(Optional.of(parties.tower())));
  }

  private void checkUserSignature(ReceiptParties parties, SignedReceipt receipt) {
    check(
        "the appointment is signed by the user",
        receipt.signedAppointment().signer().equals(Optional.of(parties.user())));
  }

  private void checkForeignSignature(String subject, Proof proof, Optional<PublicKey> signer) {
    check(
        "the " + subject + " is not signed by the tower",
        !signer.equals(Optional.of(proof.parties().tower())));
    check("the file names the actual signer", signer.equals(proof.actualSigner()));
    shows.add(
        signer
            .map(key -> "the " + subject + " is signed by " + key)
            .orElse("the signature of the " + subject + " is not valid for any key"));
    addReportedResponse(proof);
  }

  private void addPromise(
      ReceiptParties parties, Registration registration, SignedReceipt receipt) {
    shows.add(
        "the tower "
            + parties.tower()
            + " has promised the user "
            + parties.user()
            + " to watch for "
            + receipt.signedAppointment().appointment().locator()
            + " from block "
            + receipt.startBlock()
            + " until block "
            + registration.subscriptionExpiry());
  }

  private void checkCommitment(Dialect dialect, SignedReceipt receipt, Txid commitment) {
    checks.addAll(
        CommitmentCheck.check(
            dialect, receipt.signedAppointment().appointment(), commitment, shows));
  }

  private void check(String description, boolean passed) {
    checks.add(new VerificationReport.Check(description, passed));
  }

  private VerificationReport report(String kind, ReceiptParties parties) {
    VerificationReport report = new VerificationReport(kind, parties, checks, shows, doesNotShow);
    return report.isVerified()
        ? report
        : new VerificationReport(kind, parties, checks, List.of(), List.of());
  }
}
