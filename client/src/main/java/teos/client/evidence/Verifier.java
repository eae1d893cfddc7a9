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
      case Receipt.FORMAT -> verifier.receipt(Receipt.parse(text), commitment);
      case Proof.FORMAT -> verifier.proof(Proof.parse(text), commitment);
      default ->
          throw new MalformedException(
              "format: " + Receipt.FORMAT + " or " + Proof.FORMAT + " is expected");
    };
  }

  private VerificationReport receipt(Receipt receipt, Optional<Txid> commitment) {
    ReceiptParties parties = receipt.parties();
    registrationIsTheTowers(parties, receipt.registration());
    promiseIsTheTowers(parties, receipt.promise());
    promised(parties, receipt.registration(), receipt.promise());
    commitment.ifPresent(txid -> aboutCommitment(parties.dialect(), receipt.promise(), txid));
    doesNotShow.add("the notes in the file are the user's own, and signed by nobody");
    return verdict("receipt", parties);
  }

  private VerificationReport proof(Proof proof, Optional<Txid> commitment) {
    ReceiptParties parties = proof.parties();
    check(
        "the user has signed this statement",
        Signer.of(proof.stated(), proof.statement()).equals(Optional.of(parties.user())));
    switch (proof.kind()) {
      case WRONG_REGISTRATION -> wrongRegistration(proof);
      case WRONG_SIGNATURE -> wrongSignature(proof);
      case FORGOT -> forgot(proof);
      case ALTERED -> altered(proof);
    }
    commitment.ifPresent(
        txid ->
            proof
                .promise()
                .ifPresentOrElse(
                    promise -> aboutCommitment(parties.dialect(), promise, txid),
                    () -> check("the file is about an appointment", false)));
    return verdict(proof.kind().text(), parties);
  }

  private void wrongRegistration(Proof proof) {
    check("the file holds a registration and no appointment", proof.promise().isEmpty());
    notTheTowers("registration", proof, proof.registration().signer(proof.parties()));
    unauthenticated();
  }

  private void wrongSignature(Proof proof) {
    registrationIsTheTowers(proof.parties(), proof.registration());
    if (holdsPromise(proof)) {
      SignedReceipt promise = proof.promise().orElseThrow();
      userHasSigned(proof.parties(), promise);
      notTheTowers("receipt", proof, promise.signer(proof.parties().dialect()));
    }
    shows.add("the tower had registered this user");
    unauthenticated();
  }

  private void unauthenticated() {
    doesNotShow.add(
        "that it was the tower that answered: towers sign receipts only, so somebody between the"
            + " user and the tower, or the user, could have put another key's signature here");
  }

  private void forgot(Proof proof) {
    Registration registration = proof.registration();
    registrationIsTheTowers(proof.parties(), registration);
    if (holdsPromise(proof)) {
      SignedReceipt promise = proof.promise().orElseThrow();
      promiseIsTheTowers(proof.parties(), promise);
      check(
          "the appointment falls within the subscription",
          covers(proof.parties().dialect(), registration, promise));
      check(
          "the answer says that the tower does not have it",
          ResponseReader.deniesAppointment(proof.answer())
              || ResponseReader.deniesUser(proof.answer())
              || ResponseReader.listsWithout(
                  proof.answer(), promise.sent().appointment().locator()));
      promised(proof.parties(), registration, promise);
    }
    heard(proof);
    doesNotShow.add(
        "that the tower was wrong, if by then the chain was past block "
            + registration.subscriptionExpiry()
            + ", or if the commitment had been published and its penalty had 100 confirmations, or"
            + " the blob held no valid penalty: a tower rightly drops those (--txid helps to see)");
  }

  private void altered(Proof proof) {
    registrationIsTheTowers(proof.parties(), proof.registration());
    if (holdsPromise(proof)) {
      SignedReceipt promise = proof.promise().orElseThrow();
      promiseIsTheTowers(proof.parties(), promise);
      check(
          "the answer has another appointment than the receipt",
          ResponseReader.watched(proof.answer())
              .filter(other -> !other.equals(promise.sent().appointment()))
              .isPresent());
      promised(proof.parties(), proof.registration(), promise);
    }
    heard(proof);
    doesNotShow.add(
        "that the user has not sent a later version: the later one would be the tower's to keep");
  }

  private void heard(Proof proof) {
    shows.add(
        "the user says, and signs, that at "
            + proof.answer().receivedAt()
            + " the answer to "
            + proof.answer().path()
            + " was HTTP "
            + proof.answer().status()
            + ": "
            + proof.answer().body().strip());
    doesNotShow.add("that the tower gave this answer: towers do not sign such answers");
  }

  private boolean holdsPromise(Proof proof) {
    check("the file holds a receipt", proof.promise().isPresent());
    return proof.promise().isPresent();
  }

  /** Whether the tower has said until when it keeps the appointment. */
  static boolean covers(Dialect dialect, Registration registration, SignedReceipt promise) {
    return promise.startBlock() < registration.subscriptionExpiry()
        && (dialect == Dialect.V1 || promise.startBlock() >= registration.subscriptionStart());
  }

  private void registrationIsTheTowers(ReceiptParties parties, Registration registration) {
    check(
        "the registration is signed by the tower",
        registration.signer(parties).equals(Optional.of(parties.tower())));
  }

  private void promiseIsTheTowers(ReceiptParties parties, SignedReceipt promise) {
    userHasSigned(parties, promise);
    check(
        "the receipt is signed by the tower",
        promise.signer(parties.dialect()).equals(Optional.of(parties.tower())));
  }

  private void userHasSigned(ReceiptParties parties, SignedReceipt promise) {
    check(
        "the appointment is signed by the user",
        promise.sent().signer().equals(Optional.of(parties.user())));
  }

  private void notTheTowers(String what, Proof proof, Optional<PublicKey> signer) {
    check(
        "the " + what + " is not signed by the tower",
        !signer.equals(Optional.of(proof.parties().tower())));
    check("the file names who has signed", signer.equals(proof.signedBy()));
    shows.add(
        signer
            .map(key -> "the " + what + " is signed by " + key)
            .orElse("the " + what + "'s signature is nobody's"));
    heard(proof);
  }

  private void promised(ReceiptParties parties, Registration registration, SignedReceipt promise) {
    shows.add(
        "the tower "
            + parties.tower()
            + " has promised the user "
            + parties.user()
            + " to watch for "
            + promise.sent().appointment().locator()
            + " from block "
            + promise.startBlock()
            + " until block "
            + registration.subscriptionExpiry());
  }

  private void aboutCommitment(Dialect dialect, SignedReceipt promise, Txid commitment) {
    checks.addAll(Commitment.check(dialect, promise.sent().appointment(), commitment, shows));
  }

  private void check(String what, boolean holds) {
    checks.add(new VerificationReport.Check(what, holds));
  }

  private VerificationReport verdict(String kind, ReceiptParties parties) {
    VerificationReport verdict = new VerificationReport(kind, parties, checks, shows, doesNotShow);
    return verdict.holds()
        ? verdict
        : new VerificationReport(kind, parties, checks, List.of(), List.of());
  }
}
