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

/** Kind of locator that a protocol derives from a txid; each transaction has one of every kind. */
enum LocatorKind {
  /** Locator of python-teos. */
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
  /** Locator of rust-teos. */
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
  /** Breach hint of lnd. */
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

  /** Returns the locator of {@code txid}. */
  abstract Locator of(Txid txid);

  /**
   * Returns half of a locator as a big-endian number, without creating objects where possible.
   *
   * @param internal contains the txid at {@code at}, in internal byte order
   * @param at offset of the txid
   * @param which 0 for the first eight bytes of the locator, 1 for the last eight
   */
  abstract long half(byte[] internal, int at, int which);

  /** Returns half of a locator as a big-endian number; see {@link #half(byte[], int, int)}. */
  static long half(Locator locator, int which) {
    return (long) LONGS.get(locator.bytes(), which * Long.BYTES);
  }
}
