package teos.client.docs;

import java.nio.file.Path;
import teos.client.AddResult;
import teos.client.ClientOptions;
import teos.client.RegistrationResult;
import teos.client.TowerClient;
import teos.client.wire.TowerAddress;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/** The example in docs/client.md, which must be identical. */
final class WalletExample {

  private WalletExample() {}

  static AddResult run(Path folder, PublicKey tower, String host, byte[] penalty, Txid revoked)
      throws Exception {
    // example
    try (TowerClient client = TowerClient.open(folder, ClientOptions.DEFAULT)) {
      client.start(); // sends queued appointments in the background
      RegistrationResult registration = client.register(tower, TowerAddress.parse(host, 9814));
      System.out.println(registration.tower().availableSlots() + " slots");

      AddResult result = client.add(tower, penalty, revoked, 144);
      if (result instanceof AddResult.Accepted accepted) {
        System.out.println(accepted.receipt().signedReceipt().startBlock());
      } else if (result instanceof AddResult.Queued queued) {
        System.out.println(queued.reason().message());
      } else if (result instanceof AddResult.Rejected rejected) {
        System.out.println(rejected.error());
      }
      return result;
    }
    // end
  }
}
