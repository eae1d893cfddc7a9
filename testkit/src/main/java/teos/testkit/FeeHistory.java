package teos.testkit;

import com.fasterxml.jackson.databind.node.NullNode;
import java.math.BigDecimal;
import java.util.Map;

/** Gives a bitcoind transactions and blocks from which it estimates fee rates. */
public final class FeeHistory {

  private static final int BLOCKS = 8;
  private static final int TRANSACTIONS_PER_BLOCK = 10;

  private FeeHistory() {}

  /**
   * Mines some blocks of transactions that all pay the same fee rate, which then is bitcoind's
   * estimate for any confirmation target.
   *
   * @param feeRate in sat/vB
   */
  public static void mine(Bitcoind bitcoind, int feeRate) {
    String address = bitcoind.rpc("getnewaddress").asText();
    for (int block = 0; block < BLOCKS; block++) {
      for (int i = 0; i < TRANSACTIONS_PER_BLOCK; i++) {
        bitcoind.rpc(
            "send",
            Map.of(address, BigDecimal.valueOf(100_000, 8)),
            NullNode.instance,
            "unset",
            feeRate);
      }
      bitcoind.mine(1);
    }
  }
}
