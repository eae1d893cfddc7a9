package teos.teosd.attack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import teos.testkit.SvgCharts;

/** Samples of a tower's memory and of its victims' waiting times, once per second, for a chart. */
final class SoakSamples {

  private static final double MIB = 1 << 20;
  private static final int LABELS = 4;

  private final AttackedTower tower;
  private final URI metrics;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Sample> samples = new ArrayList<>();
  private final long start = System.nanoTime();
  private long heap;
  private long answerMillis;
  private long penaltyMillis;

  private record Sample(long second, long heap, long resident, long answer, long penalty) {}

  /**
   * @param webPort port of the dashboard, whose metrics include the heap
   */
  SoakSamples(AttackedTower tower, int webPort) {
    this.tower = tower;
    this.metrics = URI.create("http://127.0.0.1:" + webPort + "/metrics");
  }

  /** Records how long a victim's request took. */
  synchronized void recordAnswer(long millis) {
    answerMillis = Math.max(answerMillis, millis);
  }

  /** Records the time from the block with a dispute to the victim's penalty. */
  synchronized void recordPenalty(long millis) {
    penaltyMillis = Math.max(penaltyMillis, millis);
  }

  /** Takes one sample, unless the tower is restarting. */
  void take() throws IOException, InterruptedException {
    OptionalLong now = heap();
    OptionalLong resident = resident();
    if (resident.isEmpty()) {
      return;
    }
    heap = now.orElse(heap); // the previous value if metrics are slow
    long second = Duration.ofNanos(System.nanoTime() - start).toSeconds();
    synchronized (this) {
      samples.add(new Sample(second, heap, resident.getAsLong(), answerMillis, penaltyMillis));
      answerMillis = 0;
      penaltyMillis = 0;
    }
  }

  private OptionalLong heap() throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(5)).build();
    try {
      return OptionalLong.of(
          http.send(request, BodyHandlers.ofString())
              .body()
              .lines()
              .filter(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\""))
              .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
              .sum());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private OptionalLong resident() throws IOException {
    Path status = Path.of("/proc/" + tower.process().pid() + "/status");
    if (!Files.exists(status)) {
      return OptionalLong.empty();
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst();
  }

  /** Writes the charts as SVG. */
  synchronized void draw(Path file) throws IOException {
    SvgCharts charts = new SvgCharts();
    charts.add("heap in use, MiB (-Xmx128m)", points(sample -> sample.heap() / MIB));
    charts.add("resident, MiB", points(sample -> sample.resident() / MIB));
    charts.add("a victim's request, at max, ms", points(Sample::answer));
    charts.add("block to a victim's penalty, at max, ms", points(Sample::penalty));
    Files.writeString(file, charts.toString());
  }

  private List<SvgCharts.Point> points(ToDoubleFunction<Sample> value) {
    List<SvgCharts.Point> points = new ArrayList<>();
    int every = Math.max(1, samples.size() / LABELS);
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      String label = i % every == 0 ? sample.second() + " s" : "";
      points.add(new SvgCharts.Point(label, value.applyAsDouble(sample)));
    }
    return points;
  }

  /** Returns the maximum of each value. */
  @Override
  public synchronized String toString() {
    return "heap at max %.0f MiB, resident at max %.0f MiB, a victim's request at max %,.0f ms,"
            .formatted(
                max(sample -> sample.heap() / MIB),
                max(sample -> sample.resident() / MIB),
                max(Sample::answer))
        + " a victim's penalty at max %,.0f ms after the block".formatted(max(Sample::penalty));
  }

  private double max(ToDoubleFunction<Sample> value) {
    return samples.stream().mapToDouble(value).max().orElse(0);
  }
}
