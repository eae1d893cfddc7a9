package teos.teosd.web;

/** Statistics of the reorgs since the start. One thread reports each block. */
public final class ReorgStats {

  private int reorgs;
  private int blocks;
  private int lastDepth;
  private boolean inReorg;

  /** Records that a block was connected to the chain. */
  public synchronized void connected() {
    inReorg = false;
  }

  /** Records that a block was disconnected from the chain. */
  public synchronized void disconnected() {
    lastDepth = inReorg ? lastDepth + 1 : 1;
    reorgs += inReorg ? 0 : 1;
    blocks++;
    inReorg = true;
  }

  /** Returns the number of reorgs. */
  public synchronized int count() {
    return reorgs;
  }

  /** Returns the number of blocks that all reorgs have disconnected. */
  public synchronized int blocks() {
    return blocks;
  }

  /** Returns the number of blocks that the last reorg has disconnected; 0 if there was none. */
  public synchronized int lastDepth() {
    return lastDepth;
  }
}
