package teos.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs Jazzer on each fuzz target for a short time ({@code -Dteos.fuzz.seconds=600} for a longer
 * one), starting from the inputs in {@code corpus/}. Fails on an unexpected exception, a hang or
 * unbounded memory, and leaves the input that caused it in {@code target/fuzz}.
 */
@Tag("soak")
class FuzzTest {

  private static final int SECONDS = Integer.getInteger("teos.fuzz.seconds", 10);

  /** Folder in which Jazzer stores new inputs, so that {@code corpus/} stays unchanged. */
  @TempDir Path newInputs;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "teos.noise.NoiseFuzz",
        "teos.wtwire.MessagesFuzz",
        "teos.justice.JusticeFuzz",
        "teos.teosd.http.RequestFuzz",
        "teos.config.ConfigFuzz",
        "teos.bitcoin.BlockFuzz"
      })
  void fuzzTarget_findsNoFailure(String target) throws Exception {
    Path module = Path.of("").toAbsolutePath();
    Path crashes = Files.createDirectories(module.resolve("target/fuzz"));
    Path output = crashes.resolve(target + ".out");
    Path corpus =
        Files.createDirectories(
            module.resolve("corpus").resolve(target.substring(target.lastIndexOf('.') + 1)));
    Process jazzer =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-Xmx512m",
                    "-XX:+EnableDynamicAgentLoading",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "com.code_intelligence.jazzer.Jazzer",
                    "--target_class=" + target,
                    "--instrumentation_includes=teos.**:fr.acinq.**",
                    "--reproducer_path=" + crashes,
                    "-artifact_prefix=" + crashes + "/",
                    "-max_total_time=" + SECONDS,
                    "-timeout=10",
                    "-rss_limit_mb=2048",
                    "-max_len=4096",
                    newInputs.toString(),
                    corpus.toString()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean exited = jazzer.waitFor(SECONDS + 600L, TimeUnit.SECONDS);
    jazzer.destroyForcibly();
    String log = Files.readString(output);
    assertThat(exited).as(log).isTrue();
    assertThat(jazzer.exitValue()).as(log).isZero();
    assertThat(log).contains("Done ");
  }
}
