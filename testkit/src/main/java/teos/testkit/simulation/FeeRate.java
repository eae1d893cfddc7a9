package teos.testkit.simulation;

import java.math.BigDecimal;

/**
 * Fee rate with bitcoind's precision.
 *
 * @param perThousand satoshi per 1,000 virtual bytes
 */
record FeeRate(long perThousand) implements Comparable<FeeRate> {

  private static final int THOUSAND = 1_000;

  /** Returns the rate of a transaction, rounded down. */
  static FeeRate of(long fee, long size) {
    return new FeeRate(Math.floorDiv(fee * THOUSAND, size));
  }

  /**
   * @param satoshi per virtual byte
   */
  static FeeRate perByte(long satoshi) {
    return new FeeRate(satoshi * THOUSAND);
  }

  /** Returns the fee of so many virtual bytes in satoshi, rounded up. */
  long feeOf(long size) {
    return Math.ceilDiv(perThousand * size, THOUSAND);
  }

  FeeRate plus(FeeRate other) {
    return new FeeRate(perThousand + other.perThousand);
  }

  FeeRate max(FeeRate other) {
    return compareTo(other) < 0 ? other : this;
  }

  BigDecimal bitcoins() {
    return bitcoins(perThousand);
  }

  static BigDecimal bitcoins(long satoshi) {
    return BigDecimal.valueOf(satoshi, 8);
  }

  /** Returns an amount as bitcoind's messages show it: with two to eight decimals. */
  static String money(long satoshi) {
    return bitcoins(satoshi).toPlainString().replaceFirst("(\\.\\d\\d\\d*?)0+$", "$1");
  }

  @Override
  public int compareTo(FeeRate other) {
    return Long.compare(perThousand, other.perThousand);
  }

  @Override
  public String toString() {
    return bitcoins().toPlainString() + " BTC/kvB";
  }
}
