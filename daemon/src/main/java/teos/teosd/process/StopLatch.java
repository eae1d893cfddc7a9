package teos.teosd.process;

import java.util.concurrent.CountDownLatch;

/** Latch that is set once to stop a tower, and that other threads wait for. */
public final class StopLatch {

  private final CountDownLatch latch = new CountDownLatch(1);

  /** Sets the latch; has no effect if it is set already. */
  public void set() {
    latch.countDown();
  }

  public boolean isSet() {
    return latch.getCount() == 0;
  }

  /** Blocks until the latch is set. */
  public void await() throws InterruptedException {
    latch.await();
  }
}
