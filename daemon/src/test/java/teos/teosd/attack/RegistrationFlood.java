package teos.teosd.attack;

import java.io.IOException;

/** Attack: registers one new key after the other on several connections, regardless of refusals. */
public final class RegistrationFlood implements Attack {

  private final Attacker attacker;
  private final int connections;
  private Repeated senders = new Repeated(0, () -> {});

  public RegistrationFlood(AttackedTower tower, int connections) {
    this.attacker = new Attacker(tower.api(), connections);
    this.connections = connections;
  }

  @Override
  public void begin() throws Exception {
    senders = new Repeated(connections, () -> attacker.newUser().register());
    senders.await(10L * connections);
  }

  @Override
  public void close() throws IOException {
    attacker.close();
    senders.close();
  }
}
