package teos.bitcoin;

/**
 * A block's place in a chain.
 *
 * @param hash 64 hex digits, display order
 * @param height blocks above the genesis block
 */
public record BlockId(String hash, int height) {

  @Override
  public String toString() {
    return height + " (" + hash + ")";
  }
}
