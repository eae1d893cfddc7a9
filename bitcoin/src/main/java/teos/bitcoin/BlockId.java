package teos.bitcoin;

/**
 * Hash and height of a block.
 *
 * @param hash 64 hex digits, display order
 * @param height number of blocks below it; 0 for the genesis block
 */
public record BlockId(String hash, int height) {

  @Override
  public String toString() {
    return height + " (" + hash + ")";
  }
}
