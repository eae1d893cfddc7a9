package teos.teosd.web;

/** The reorgs that a tower has seen since it was started. Told of each block by one thread. */
public final class ReorgStats {

  private int reorgs;
  private int blocks;
  private int depth;
  private boolean under;

  /** A block has joined the chain. */
  public synchronized void connected() {
    under = false;
  }

  /** A block has left it. */
  public synchronized void disconnected() {
    depth = under ? depth + 1 : 1;
    reorgs += under ? 0 : 1;
    blocks++;
    under = true;
  }

  /** How many there were. */
  public synchronized int count() {
    return reorgs;
  }

  /** How many blocks have left the chain in all of them. */
  public synchronized int blocks() {
    return blocks;
  }

  /** How many blocks have left the chain in the last one; 0 if there was none. */
  public synchronized int lastDepth() {
    return depth;
  }
}
