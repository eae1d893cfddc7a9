package teos.bitcoin;

import fr.acinq.bitcoin.Crypto;
import java.util.Arrays;
import teos.protocol.Txid;

/** Fuzz target for the parser of blocks (with any header) and transactions. */
public final class BlockFuzz {

  private static final int HEADER_LENGTH = 80;

  private BlockFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      BlockReader.txid(data);
    } catch (IllegalArgumentException e) {
      // the expected result for an invalid transaction
    }
    byte[] header = Arrays.copyOf(data, HEADER_LENGTH);
    BlockId id = new BlockId(Txid.ofInternal(Crypto.hash256(header)).toString(), 1);
    try {
      BlockReader.read(id, data);
    } catch (IllegalArgumentException e) {
      // the expected result for an invalid block
    }
  }
}
