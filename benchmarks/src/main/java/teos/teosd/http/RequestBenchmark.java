package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.testkit.TowerUser;

/**
 * Cost of reading the body of an add_appointment with a penalty of 330 bytes. In this package
 * because {@link RequestBodyReader} is package-private.
 */
@NullMarked
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RequestBenchmark {

  private static final int BLOB_BYTES = 330 + 16;
  private static final int MIN_TO_SELF_DELAY = 20;

  @Param({"V1", "V2"})
  public Dialect dialect = Dialect.V2;

  private ApiDialect inspector;
  private byte[] body = new byte[0];

  @Setup
  public void setUp() {
    inspector =
        switch (dialect) {
          case V1 -> new ApiDialectV1(MIN_TO_SELF_DELAY);
          case V2 -> new ApiDialectV2();
        };
    TowerUser user =
        new TowerUser(
            URI.create("http://127.0.0.1"), dialect, SecretKey.generate(new SecureRandom()));
    Appointment appointment =
        new Appointment(new Locator(new byte[Locator.LENGTH]), new byte[BLOB_BYTES], 144);
    body = user.request(appointment).toString().getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  public Object parse() throws ApiException {
    JsonNode request = RequestBodyReader.parse(body, inspector);
    SignedAppointment signed = SignedAppointment.parse(request).orElseThrow();
    if (!inspector.accepts(signed)) {
      throw new IllegalStateException("the benchmark's appointment is not accepted");
    }
    return signed;
  }
}
