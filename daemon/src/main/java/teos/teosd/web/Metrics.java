package teos.teosd.web;

import com.google.common.base.Suppliers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import teos.bitcoin.NodeStatus;
import teos.tower.inventory.Inventory;
import teos.tower.store.PenaltyStage;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerOverview;

/**
 * What a tower measures, as Prometheus reads it. What happens is counted as it happens; all else is
 * looked at when it is asked for, and what has to be read from the database for that is read at
 * most once in a while, however often is asked.
 */
public final class Metrics {

  /** Users are all looked at, and there may be many. */
  private static final Duration USERS_KEPT = Duration.ofSeconds(30);

  /** Several metrics of one answer share a look. */
  private static final Duration KEPT = Duration.ofSeconds(1);

  private static final Duration[] BUCKETS =
      LongStream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<TrackerEvent.Kind, Counter> events = new EnumMap<>(TrackerEvent.Kind.class);
  private final Map<Answer, Timer> requests = new ConcurrentHashMap<>();
  private final Timer commits;
  private final Supplier<Inventory.Users> users;

  private record Answer(String path, int status) {}

  public Metrics(TowerState tower, String version) {
    Gauge.builder("teos.info", () -> 1)
        .description("Always 1: which tower and which version this is")
        .tag("tower_id", tower.towerId().toString())
        .tag("version", version)
        .register(registry);
    users = kept(tower.inventory()::users, USERS_KEPT);
    ofWhatItHolds(tower);
    ofBitcoind(tower);
    tower.chain().ifPresent(this::ofChain);
    for (TrackerEvent.Kind kind : TrackerEvent.Kind.values()) {
      events.put(
          kind,
          Counter.builder("teos.tracker.events")
              .description("What has become of disputes and penalties since the start")
              .tag("event", kind.word())
              .register(registry));
    }
    commits =
        Timer.builder("teos.commit")
            .description("From a transaction's last statement until it is on disk")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  private void ofWhatItHolds(TowerState tower) {
    Inventory inventory = tower.inventory();
    gauge("teos.appointments", "Appointments that are stored", inventory::appointments);
    gauge("teos.users", "Registered users", () -> users.get().count());
    gauge("teos.slots.available", "Slots that all users have left", () -> users.get().slots());
    Supplier<TrackerOverview> disputes = kept(inventory::disputes, KEPT);
    for (PenaltyStage stage : PenaltyStage.values()) {
      Gauge.builder("teos.trackers", () -> disputes.get().count().get(stage))
          .description("Disputes that are known, by how far their penalties have come")
          .tag("status", stage.word())
          .register(registry);
    }
    gauge(
        "teos.penalty.unconfirmed.blocks",
        "Blocks since the oldest dispute in a block whose penalty is in none, that one included",
        () -> unconfirmed(disputes.get(), tower.height()));
    gauge("teos.database.bytes", "Size of the database", () -> tower.databaseSize().orElse(0));
    gauge(
        "teos.disk.free.bytes",
        "Space left on the disk of the data folder",
        () -> tower.diskFree().orElse(0));
  }

  private static int unconfirmed(TrackerOverview disputes, int height) {
    return disputes.oldestUnconfirmed().isPresent()
        ? Math.max(0, height - disputes.oldestUnconfirmed().getAsInt() + 1)
        : 0;
  }

  private void ofBitcoind(TowerState tower) {
    gauge("teos.height", "Height of the last block heard of", tower::height);
    gauge(
        "teos.ready",
        "1 if the tower does its work, 0 if not",
        () -> Health.ready(tower).isWell() ? 1 : 0);
    gauge(
        "teos.bitcoind.up",
        "1 if bitcoind answers and is fit for the tower, 0 if not",
        () -> tower.node() instanceof NodeStatus.State.Healthy ? 1 : 0);
  }

  private void ofChain(ChainState chain) {
    gauge("teos.bitcoind.height", "Height of bitcoind's best block", chain::bestHeight);
    gauge(
        "teos.blocks.behind",
        "Blocks of bitcoind's that are not dealt with yet",
        chain::blocksBehind);
    feed("blocks", chain::blockFeed);
    feed("transactions", chain::mempoolFeed);
    gauge(
        "teos.reorg.depth.blocks",
        "Blocks that left the chain in the last reorg since the start",
        () -> chain.reorgs().lastDepth());
    counter("teos.reorgs", "Reorgs since the start", chain.reorgs(), ReorgStats::count);
    counter(
        "teos.reorg.blocks",
        "Blocks that have left the chain since the start",
        chain.reorgs(),
        ReorgStats::blocks);
  }

  private void feed(String feed, Supplier<Optional<Boolean>> connected) {
    if (connected.get().isPresent()) {
      Gauge.builder("teos.zmq.up", () -> connected.get().orElse(false) ? 1 : 0)
          .description("1 if the ZMQ feed is connected, 0 if not")
          .tag("feed", feed)
          .register(registry);
    }
  }

  private void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }

  private <T> void counter(String name, String description, T of, ToDoubleFunction<T> value) {
    FunctionCounter.builder(name, of, value).description(description).register(registry);
  }

  private static <T> Supplier<T> kept(Supplier<T> look, Duration time) {
    return Suppliers.memoizeWithExpiration(look::get, time.toMillis(), TimeUnit.MILLISECONDS)::get;
  }

  /** Something has become of a dispute. */
  public void tracker(TrackerEvent.Kind kind) {
    Counter counter = events.get(kind);
    if (counter != null) {
      counter.increment();
    }
  }

  /** A transaction was on disk so many nanoseconds after its last statement. */
  public void commit(long nanos) {
    commits.record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * A request of a user's has been answered.
   *
   * @param path one of the API's own: each is kept
   * @param nanos that it has taken
   */
  public void request(String path, int status, long nanos) {
    requests
        .computeIfAbsent(
            new Answer(path, status),
            answer ->
                Timer.builder("teos.request")
                    .description("From a request's headers to its answer")
                    .tag("path", path)
                    .tag("status", Integer.toString(status))
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Who uses the tower, as it was not long ago. */
  Inventory.Users users() {
    return users.get();
  }

  /** All of it, in Prometheus's text format. */
  String text() {
    return registry.scrape();
  }
}
