package teos.benchmarks;

import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Signer;
import teos.teosd.signing.NativeSigner;

/** Minimum cost of an add_appointment: recovering the user's key and signing the receipt. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SignatureBenchmark {

  private final Signer key = NativeSigner.of(SecretKey.generate(new SecureRandom()));
  private byte[] message = new byte[0];
  private String signature = "";

  @Setup
  public void setUp() {
    message = new Appointment(new Locator(new byte[16]), new byte[346], 144).signedBytes();
    signature = MessageSignature.sign(message, key);
  }

  @Benchmark
  public String sign() {
    return MessageSignature.sign(message, key);
  }

  @Benchmark
  public PublicKey recover() throws InvalidSignatureException {
    return MessageSignature.recover(message, signature);
  }
}
