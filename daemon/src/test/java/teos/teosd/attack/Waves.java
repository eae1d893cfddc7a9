package teos.teosd.attack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Starts attacks repeatedly and collects their disputes for the next block. */
final class Waves implements AutoCloseable {

  private final List<Attack> attacks;
  private final List<String> disputes = new ArrayList<>();
  private final Repeated repeated;
  private int next;

  Waves(List<Attack> attacks) {
    this.attacks = attacks;
    this.repeated = new Repeated(attacks.isEmpty() ? 0 : 1, this::send);
  }

  private void send() throws Exception {
    Attack attack = attacks.get(next++ % attacks.size());
    try {
      attack.begin();
    } catch (ExecutionException e) {
      throw new IOException("refused, or the tower is restarting", e);
    } finally {
      List<String> more = attack.nextDisputes();
      synchronized (this) {
        disputes.addAll(more);
      }
    }
  }

  /** Takes the collected disputes (raw, hex). */
  synchronized List<String> take() {
    List<String> taken = new ArrayList<>(disputes);
    disputes.clear();
    return taken;
  }

  /** Returns the number of waves that the tower has accepted completely. */
  long done() {
    return repeated.done();
  }

  @Override
  public void close() throws IOException {
    repeated.close();
    for (Attack attack : attacks) {
      attack.close();
    }
  }
}
