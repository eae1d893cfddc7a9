package teos.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import teos.protocol.Blob;
import teos.protocol.Blob.BlobException;
import teos.protocol.Dialect;
import teos.protocol.Txid;

/** Cost of decrypting one appointment when its dispute has appeared. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BlobBenchmark {

  private static final int PENALTY_BYTES = 330;

  private final Txid dispute = Txid.ofInternal(new byte[32]);
  private final byte[] blob = Blob.encrypt(new byte[PENALTY_BYTES], dispute, Dialect.V2);

  @Benchmark
  public byte[] decrypt() throws BlobException {
    return Blob.decrypt(blob, dispute, Dialect.V2);
  }
}
