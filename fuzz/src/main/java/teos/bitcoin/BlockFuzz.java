package teos.bitcoin;

import fr.acinq.bitcoin.Crypto;
import java.util.Arrays;
import teos.protocol.Txid;

/** Fuzzes the parser with blocks (any header) and transactions. */
public final class BlockFuzz {

  private static final int HEADER = 80;

  private BlockFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      BlockReader.txid(data);
    } catch (IllegalArgumentException e) {
      // expected
    }
    byte[] header = Arrays.copyOf(data, HEADER);
    BlockId id = new BlockId(Txid.ofInternal(Crypto.hash256(header)).toString(), 1);
    try {
      BlockReader.read(id, data);
    } catch (IllegalArgumentException e) {
      // expected
    }
  }
}
