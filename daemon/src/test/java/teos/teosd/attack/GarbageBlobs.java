package teos.teosd.attack;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import teos.protocol.Locator;
import teos.testkit.TowerUser;

/** Attack: many users store garbage under the locator of a transaction before it is published. */
public final class GarbageBlobs implements Attack {

  private final AttackedTower tower;
  private final Supplier<Locator> locator;
  private final int users;
  private final int bytes;

  /**
   * @param locator locator under which each user stores one blob
   * @param bytes size of each blob
   */
  public GarbageBlobs(AttackedTower tower, Supplier<Locator> locator, int users, int bytes) {
    this.tower = tower;
    this.locator = locator;
    this.users = users;
    this.bytes = bytes;
  }

  @Override
  public void begin() throws Exception {
    try (Attacker attacker = new Attacker(tower.api(), 4)) {
      List<Callable<TowerUser.Reply>> requests = new ArrayList<>();
      for (TowerUser user : attacker.register(users)) {
        requests.add(() -> Attacker.send(user, Attacker.garbage(locator.get(), bytes)));
      }
      attacker.all(requests);
    }
  }

  @Override
  public void close() {}
}
