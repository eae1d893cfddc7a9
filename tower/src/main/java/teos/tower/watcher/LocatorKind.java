package teos.tower.watcher;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import teos.justice.BreachHint;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;

/** How the users of each protocol name a transaction: each has a locator of every kind. */
enum LocatorKind {
  /** python-teos's. */
  V1 {
    @Override
    Locator of(Txid txid) {
      return Dialect.V1.locator(txid);
    }

    @Override
    long half(byte[] internal, int at, int which) {
      return (long) REVERSED.get(internal, at + Txid.LENGTH - (which + 1) * Long.BYTES);
    }
  },
  /** rust-teos's. */
  V2 {
    @Override
    Locator of(Txid txid) {
      return Dialect.V2.locator(txid);
    }

    @Override
    long half(byte[] internal, int at, int which) {
      return (long) LONGS.get(internal, at + which * Long.BYTES);
    }
  },
  /** lnd's hint. */
  HINT {
    @Override
    Locator of(Txid txid) {
      return BreachHint.of(txid);
    }

    @Override
    long half(byte[] internal, int at, int which) {
      Txid txid = Txid.ofInternal(Arrays.copyOfRange(internal, at, at + Txid.LENGTH));
      return (long) LONGS.get(of(txid).bytes(), which * Long.BYTES);
    }
  };

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle REVERSED =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  static final List<LocatorKind> ALL = List.of(values());

  /** The locator of the transaction {@code txid}. */
  abstract Locator of(Txid txid);

  /**
   * Eight bytes of the locator, as the number that they are: the first or the second.
   *
   * @param internal where the txid begins at {@code at}, in internal order
   */
  abstract long half(byte[] internal, int at, int which);

  /** The same of a locator itself. */
  static long half(Locator locator, int which) {
    return (long) LONGS.get(locator.bytes(), which * Long.BYTES);
  }
}
