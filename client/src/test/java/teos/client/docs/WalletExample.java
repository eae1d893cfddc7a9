package teos.client.docs;

import java.nio.file.Path;
import teos.client.AddResult;
import teos.client.ClientOptions;
import teos.client.Registered;
import teos.client.TowerClient;
import teos.client.wire.TowerAddress;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/** The example of docs/client.md, word for word. */
final class WalletExample {

  private WalletExample() {}

  static AddResult run(Path folder, PublicKey tower, String host, byte[] penalty, Txid revoked)
      throws Exception {
    // example
    try (TowerClient client = TowerClient.open(folder, ClientOptions.DEFAULT)) {
      client.start(); // sends what waits, in the background
      Registered registered = client.register(tower, TowerAddress.parse(host, 9814));
      System.out.println(registered.tower().availableSlots() + " slots");

      AddResult result = client.add(tower, penalty, revoked, 144);
      switch (result) {
        case AddResult.Taken taken -> System.out.println(taken.receipt().promise().startBlock());
        case AddResult.Queued queued -> System.out.println(queued.waiting().why());
        case AddResult.Rejected rejected -> System.out.println(rejected.refusal());
      }
      return result;
    }
    // end
  }
}
