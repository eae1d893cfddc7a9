package teos.client.store;

import java.io.IOException;

/** The right to do something that one thread in one process may do at a time. */
public interface LockHandle {

  /** Gives it back, in the thread that got it. */
  void release() throws IOException;
}
