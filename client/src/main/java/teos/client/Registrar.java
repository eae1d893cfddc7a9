package teos.client;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import teos.client.evidence.MisbehaviourKind;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.Registration;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.client.store.KnownTower;
import teos.client.store.TowerFolder;
import teos.client.wire.MisbehavingException;
import teos.client.wire.Response;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.client.wire.UnreachableException;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Registers with a tower and detects its dialect. */
record Registrar(TowerFolder folder, TowerCalls calls, SecretKey user) {

  /**
   * Registers with the tower at {@code address} and checks that it signs as {@code id}.
   *
   * @param requestedDialect the dialect, if known
   */
  KnownTower register(PublicKey id, TowerAddress address, Optional<Dialect> requestedDialect)
      throws IOException, TowerException {
    Optional<KnownTower> known = folder.tower();
    Optional<Dialect> saved = known.map(tower -> tower.parties().dialect());
    if (requestedDialect.isPresent()
        && saved.isPresent()
        && !requestedDialect.equals(saved)
        && folder.queue().size() > 0) {
      throw new IllegalArgumentException(
          "the dialect cannot be changed while appointments in the other dialect are queued;"
              + " send them first");
    }
    Optional<Dialect> dialect = requestedDialect.or(() -> saved);
    Attempt attempt =
        dialect.isPresent() ? attempt(id, address, dialect.get()) : detectDialect(id, address);
    Registration registration = parseRegistration(attempt);
    Optional<PublicKey> signer = registration.signer(attempt.parties());
    if (!signer.equals(Optional.of(id))) {
      throw wrongSignature(known, address, attempt, registration, signer);
    }
    KnownTower tower =
        new KnownTower(
            attempt.parties(),
            address,
            registration,
            Instant.now().truncatedTo(ChronoUnit.SECONDS),
            registration.availableSlots(),
            registration.subscriptionExpiry(),
            Optional.empty(),
            Optional.empty(),
            new JsonFields(attempt.response().successBody())
                .lists(KnownTower.FEATURES, Bundle.FEATURE));
    folder.save(tower);
    return tower;
  }

  private record Attempt(ReceiptParties parties, Response response) {}

  private Attempt attempt(PublicKey id, TowerAddress address, Dialect dialect)
      throws UnreachableException {
    return new Attempt(
        new ReceiptParties(id, user.publicKey(), dialect),
        calls.register(address, dialect, user.publicKey()));
  }

  /**
   * Tries v2 first. python-teos (v1) answers that request with HTTP 400 and a negative code, as its
   * own field is missing.
   */
  private Attempt detectDialect(PublicKey id, TowerAddress address) throws UnreachableException {
    Attempt v2 = attempt(id, address, Dialect.V2);
    boolean isV1 =
        v2.response().recorded().status() == 400
            && v2.response().error().code().filter(code -> code < 0).isPresent();
    return isV1 ? attempt(id, address, Dialect.V1) : v2;
  }

  private Registration parseRegistration(Attempt attempt) throws TowerErrorException {
    JsonFields fields = new JsonFields(attempt.response().successBody());
    try {
      for (String field : new String[] {"user_id", "public_key"}) {
        if (fields.has(field) && !fields.text(field).equalsIgnoreCase(user.publicKey().toHex())) {
          throw fields.malformed(field, user.publicKey() + " is expected");
        }
      }
      return Registration.readFrom(fields, attempt.parties().dialect());
    } catch (MalformedException e) {
      throw attempt.response().unexpected(e);
    }
  }

  private MisbehavingException wrongSignature(
      Optional<KnownTower> known,
      TowerAddress address,
      Attempt attempt,
      Registration registration,
      Optional<PublicKey> signer)
      throws IOException {
    if (known.isPresent()) {
      return new MisbehaviourRecorder(folder, address, user)
          .recordWrongSignature(
              MisbehaviourKind.WRONG_REGISTRATION,
              attempt.parties(),
              registration,
              Optional.empty(),
              signer,
              attempt.response().recorded());
    }
    return new MisbehavingException(
        "the tower at "
            + address
            + " is not "
            + attempt.parties().tower()
            + ": "
            + signer
                .map(key -> "it signs as " + key)
                .orElse("its signature is not valid for any key")
            + "; check the id",
        Optional.empty());
  }
}
