package teos.cln.tower;

import java.io.IOException;
import java.util.Optional;
import teos.client.NotRegisteredException;
import teos.client.PendingReason;
import teos.client.SendReport;
import teos.client.TowerClient;
import teos.client.store.KnownTower;
import teos.client.wire.MisbehavingException;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.client.wire.UnreachableException;
import teos.cln.jsonrpc.Log;
import teos.protocol.PublicKey;

/**
 * Sends a tower's queue. If the tower refuses the subscription, because it has ended or its slots
 * are used up, registers again and sends the rest, as rust-teos's plugin does.
 */
record RenewingSender(Connections connections, PublicKey tower, Log log) implements QueueSending {

  @Override
  public SendReport send() throws IOException, NotRegisteredException {
    int accepted = 0;
    while (true) {
      KnownTower known =
          connections
              .local()
              .tower(tower)
              .orElseThrow(() -> new IOException("the tower's files have been removed"));
      TowerClient client = connections.to(known.address());
      SendReport report = client.sendQueued(tower);
      report.rejected().forEach(rejected -> log.warn(rejectedLine(rejected.error().toString())));
      accepted += report.accepted();
      boolean refused =
          report
              .pendingReason()
              .filter(reason -> reason.kind() == PendingReason.Kind.SUBSCRIPTION)
              .isPresent();
      if (!refused) {
        return with(report, accepted, report.pendingReason());
      }
      Optional<PendingReason> failure = renew(client, known, report.pendingReason().orElseThrow());
      if (failure.isPresent()) {
        return with(report, accepted, failure);
      }
      report = client.sendQueued(tower);
      accepted += report.accepted();
      if (report.accepted() == 0 || report.pendingReason().isEmpty()) {
        return with(report, accepted, report.pendingReason());
      }
    }
  }

  private static SendReport with(SendReport last, int accepted, Optional<PendingReason> reason) {
    return new SendReport(accepted, last.rejected(), last.remaining(), reason);
  }

  private String rejectedLine(String why) {
    return "The tower has rejected an appointment tower=" + tower + " why=" + why;
  }

  /** Registers again; returns why that failed. */
  private Optional<PendingReason> renew(TowerClient client, KnownTower known, PendingReason refusal)
      throws IOException {
    try {
      KnownTower renewed = client.subscribe(tower, known.address());
      log.info(
          "Subscription renewed tower="
              + tower
              + " available_slots="
              + renewed.availableSlots()
              + " expiry="
              + renewed.subscriptionExpiry());
      return Optional.empty();
    } catch (UnreachableException e) {
      return Optional.of(reason(PendingReason.Kind.UNREACHABLE, e));
    } catch (MisbehavingException e) {
      return Optional.of(reason(PendingReason.Kind.MISBEHAVING, e));
    } catch (TowerErrorException e) {
      return Optional.of(
          switch (e.error().kind()) {
            case BUSY ->
                new PendingReason(
                    PendingReason.Kind.BUSY, e.error().toString(), e.error().retryAfter());
            case UNEXPECTED -> reason(PendingReason.Kind.UNEXPECTED_RESPONSE, e);
            case SUBSCRIPTION, NOT_FOUND, PERMANENT -> refusal;
          });
    } catch (TowerException e) {
      return Optional.of(refusal);
    }
  }

  private static PendingReason reason(PendingReason.Kind kind, TowerException e) {
    return new PendingReason(kind, String.valueOf(e.getMessage()), Optional.empty());
  }
}
