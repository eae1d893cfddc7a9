package teos.teosd.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.testkit.Promtool;

/** The rules for Prometheus and the dashboard for Grafana in {@code contrib}. */
@Tag("programs")
class ContribTest {

  static final Path CONTRIB =
      Path.of(System.getProperty("teos.root", "..")).resolve("contrib").toAbsolutePath();
  private static final Path PROMETHEUS = CONTRIB.resolve("prometheus");
  private static final Pattern METRIC = Pattern.compile("\\b(teos|jvm|process)_[a-z0-9_]+\\b");

  @Test
  void alertsFireAsTheirTestsExpect() throws Exception {
    assertThat(Promtool.run("check", "rules", PROMETHEUS.resolve("alerts.yml").toString()))
        .contains("SUCCESS");
    assertThat(Promtool.run("test", "rules", PROMETHEUS.resolve("alerts_test.yml").toString()))
        .contains("SUCCESS");
  }

  @Test
  void everyPanelOfTheDashboardHasAQuery() throws IOException {
    JsonNode dashboard = new ObjectMapper().readTree(dashboard());
    assertThat(dashboard.path("panels"))
        .isNotEmpty()
        .allSatisfy(panel -> assertThat(panel.path("targets")).isNotEmpty());
  }

  private static String dashboard() throws IOException {
    return Files.readString(CONTRIB.resolve("grafana/java-teos.json"));
  }

  /** Returns the metrics that the rules and the dashboard use. */
  static Set<String> metricsUsed() throws IOException {
    Set<String> used = new TreeSet<>();
    for (String text :
        new String[] {Files.readString(PROMETHEUS.resolve("alerts.yml")), dashboard()}) {
      Matcher found = METRIC.matcher(text);
      while (found.find()) {
        used.add(found.group());
      }
    }
    return used;
  }

  /** Returns the metrics in the table of docs/monitoring.md. */
  static Set<String> metricsDocumented() throws IOException {
    Set<String> documented = new TreeSet<>();
    for (String line : Files.readAllLines(CONTRIB.resolveSibling("docs/monitoring.md"))) {
      if (line.startsWith("| `teos_")) {
        METRIC.matcher(line).results().forEach(found -> documented.add(found.group()));
      }
    }
    return documented;
  }
}
