package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.testkit.TemporaryFolder;
import teos.tower.database.Database;
import teos.tower.store.WatchedAppointmentsDBM;

/**
 * Cost of a database lookup of all locators of a block, in both dialects, none of which is stored.
 * The watcher itself only looks up those that pass its filter.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class LookupBenchmark {

  private static final int TRANSACTIONS = 4_000;

  /** Number of stored appointments. */
  @Param({"1000", "100000", "1000000"})
  public int appointments;

  private final List<Txid> block =
      Stream.generate(new Random(2)::nextLong)
          .limit(TRANSACTIONS)
          .map(LookupBenchmark::txid)
          .toList();
  private TemporaryFolder folder;
  private Database database;
  private final WatchedAppointmentsDBM table = new WatchedAppointmentsDBM();

  private static Txid txid(long seed) {
    byte[] bytes = new byte[Txid.LENGTH];
    new Random(seed).nextBytes(bytes);
    return Txid.ofInternal(bytes);
  }

  @Setup
  public void setUp() throws IOException {
    folder = TemporaryFolder.create("teos-benchmark-");
    Path file = folder.path().resolve("teos_db.sqlite");
    StoredAppointments.fill(file, appointments);
    database = Database.open(file);
  }

  private static Set<Locator> locators(List<Txid> block) {
    Set<Locator> locators = HashSet.newHashSet(2 * block.size());
    for (Txid txid : block) {
      for (Dialect dialect : Dialect.values()) {
        locators.add(dialect.locator(txid));
      }
    }
    return locators;
  }

  @Benchmark
  public List<WatchedAppointmentsDBM.StoredKey> lookup() {
    Set<Locator> locators = locators(block);
    return database.read(handle -> table.watchedKeys(handle, locators, 1_000));
  }

  @TearDown
  public void tearDown() throws IOException {
    database.close();
    folder.close();
  }
}
