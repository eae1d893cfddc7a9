package teos.client.store;

import java.io.IOException;

/** A lock that is held by one thread of one process at a time. */
public interface LockHandle {

  /** Releases the lock. Must be called by the thread that acquired it. */
  void release() throws IOException;
}
