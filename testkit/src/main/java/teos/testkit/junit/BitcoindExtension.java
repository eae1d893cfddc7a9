package teos.testkit.junit;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;

/** Starts and stops the bitcoind of each field with {@link TestBitcoind}. */
final class BitcoindExtension implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    ServerFields.start(context, TestBitcoind.class, BitcoindExtension::start);
  }

  private static Bitcoind start(TestBitcoind wanted) throws Exception {
    Bitcoind bitcoind = Bitcoind.start(BitcoindOptions.DEFAULT.withArgs(wanted.args()));
    try {
      if (wanted.blocks() > 0) {
        bitcoind.mine(wanted.blocks());
      }
      return bitcoind;
    } catch (Exception e) {
      bitcoind.close();
      throw e;
    }
  }
}
