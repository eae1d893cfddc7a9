package teos.teosd.process;

import java.util.concurrent.CountDownLatch;

/** Something that happens once, and that others wait for. */
public final class Event {

  private final CountDownLatch latch = new CountDownLatch(1);

  /** It has happened. */
  public void set() {
    latch.countDown();
  }

  public boolean isSet() {
    return latch.getCount() == 0;
  }

  /** Waits until it has happened. */
  public void await() throws InterruptedException {
    latch.await();
  }
}
