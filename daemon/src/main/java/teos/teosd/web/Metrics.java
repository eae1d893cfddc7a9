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
import teos.tower.responder.Verdict;
import teos.tower.store.PenaltyStage;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerOverview;

/**
 * Metrics of a tower in Prometheus's format. Events are counted as they happen. All other values
 * are read at each scrape; those from the database are cached, so frequent scrapes cost nothing.
 */
public final class Metrics {

  /** Long, because the query reads all users. */
  private static final Duration USERS_CACHE_TIME = Duration.ofSeconds(30);

  /** Short, for the metrics of one scrape that share a query. */
  private static final Duration CACHE_TIME = Duration.ofSeconds(1);

  private static final Duration[] BUCKETS =
      LongStream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<TrackerEvent.Kind, Counter> events = new EnumMap<>(TrackerEvent.Kind.class);
  private final Map<RequestLabels, Timer> requests = new ConcurrentHashMap<>();
  private final Timer commits;
  private final Supplier<Inventory.UserTotals> users;

  private record RequestLabels(String path, int status) {}

  public Metrics(TowerState tower, String version) {
    Gauge.builder("teos.info", () -> 1)
        .description("Always 1; the labels are the tower's id and version")
        .tag("tower_id", tower.towerId().toString())
        .tag("version", version)
        .register(registry);
    users = cached(tower.inventory()::users, USERS_CACHE_TIME);
    registerStorage(tower);
    registerBitcoind(tower);
    tower.chain().ifPresent(this::registerChain);
    for (TrackerEvent.Kind kind : TrackerEvent.Kind.values()) {
      events.put(
          kind,
          Counter.builder("teos.tracker.events")
              .description("Events of disputes and penalties since the start")
              .tag("event", kind.word())
              .register(registry));
    }
    commits =
        Timer.builder("teos.commit")
            .description("Time from a transaction's last statement until it is on disk")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  private void registerStorage(TowerState tower) {
    Inventory inventory = tower.inventory();
    gauge("teos.appointments", "Stored appointments", inventory::appointments);
    gauge("teos.users", "Registered users", () -> users.get().count());
    gauge("teos.slots.available", "Free slots of all users", () -> users.get().slots());
    Supplier<TrackerOverview> disputes = cached(inventory::disputes, CACHE_TIME);
    for (PenaltyStage stage : PenaltyStage.values()) {
      Gauge.builder("teos.trackers", () -> disputes.get().count().get(stage))
          .description("Known disputes, by the status of their penalties")
          .tag("status", stage.word())
          .register(registry);
    }
    for (Verdict verdict : Verdict.values()) {
      Gauge.builder("teos.penalty.verdicts", () -> inventory.verdicts().get(verdict))
          .description(
              "Disputes with unconfirmed penalties, by whether these will confirm before their"
                  + " deadlines")
          .tag("verdict", verdict.word())
          .register(registry);
    }
    gauge(
        "teos.penalty.unconfirmed.blocks",
        "Blocks since the oldest confirmed dispute with an unconfirmed penalty, including its"
            + " block",
        () -> unconfirmed(disputes.get(), tower.height()));
    gauge("teos.database.bytes", "Size of the database", () -> tower.databaseSize().orElse(0));
    gauge(
        "teos.disk.free.bytes",
        "Free space on the disk of the data folder",
        () -> tower.diskFree().orElse(0));
  }

  private static int unconfirmed(TrackerOverview disputes, int height) {
    return disputes.oldestUnconfirmed().isPresent()
        ? Math.max(0, height - disputes.oldestUnconfirmed().getAsInt() + 1)
        : 0;
  }

  private void registerBitcoind(TowerState tower) {
    gauge("teos.height", "Height of the last block that the tower has received", tower::height);
    gauge(
        "teos.ready",
        "1 if the tower is ready, 0 if not",
        () -> Health.ready(tower).isHealthy() ? 1 : 0);
    gauge(
        "teos.bitcoind.up",
        "1 if bitcoind answers and is usable, 0 if not",
        () -> tower.node() instanceof NodeStatus.State.Healthy ? 1 : 0);
  }

  private void registerChain(ChainState chain) {
    gauge("teos.bitcoind.height", "Height of bitcoind's best block", chain::bestHeight);
    gauge(
        "teos.blocks.behind", "Blocks of bitcoind that are not processed yet", chain::blocksBehind);
    feed("blocks", chain::blockFeed);
    feed("transactions", chain::mempoolFeed);
    gauge(
        "teos.reorg.depth.blocks",
        "Blocks that the last reorg since the start has disconnected",
        () -> chain.reorgs().lastDepth());
    counter("teos.reorgs", "Reorgs since the start", chain.reorgs(), ReorgStats::count);
    counter(
        "teos.reorg.blocks",
        "Blocks that reorgs have disconnected since the start",
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

  private static <T> Supplier<T> cached(Supplier<T> read, Duration time) {
    return Suppliers.memoizeWithExpiration(read::get, time.toMillis(), TimeUnit.MILLISECONDS)::get;
  }

  /** Counts an event of a tracker. */
  public void tracker(TrackerEvent.Kind kind) {
    Counter counter = events.get(kind);
    if (counter != null) {
      counter.increment();
    }
  }

  /** Records the time in nanoseconds from a transaction's last statement until it was on disk. */
  public void commit(long nanos) {
    commits.record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Records a request to the public API.
   *
   * @param path one of the API's own paths, because each value becomes a label
   * @param nanos from the request's headers to its response
   */
  public void request(String path, int status, long nanos) {
    requests
        .computeIfAbsent(
            new RequestLabels(path, status),
            labels ->
                Timer.builder("teos.request")
                    .description("Time from a request's headers to its response")
                    .tag("path", path)
                    .tag("status", Integer.toString(status))
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Returns the number of users and their slots, cached for {@link #USERS_CACHE_TIME}. */
  Inventory.UserTotals users() {
    return users.get();
  }

  /** Returns all metrics in Prometheus's text format. */
  String text() {
    return registry.scrape();
  }
}
