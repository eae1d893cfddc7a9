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
 * Gives each target to Jazzer for a while ({@code -Dteos.fuzz.seconds=600} for a real hunt), with
 * what is in {@code corpus/} to begin with: no exception that is not meant, no hang, no memory
 * without bounds. An input that does is left in {@code target/fuzz}.
 */
@Tag("soak")
class FuzzTest {

  private static final int SECONDS = Integer.getInteger("teos.fuzz.seconds", 10);

  @TempDir Path found;

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
                    found.toString(),
                    corpus.toString()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = jazzer.waitFor(SECONDS + 600L, TimeUnit.SECONDS);
    jazzer.destroyForcibly();
    String said = Files.readString(output);
    assertThat(ended).as(said).isTrue();
    assertThat(jazzer.exitValue()).as(said).isZero();
    assertThat(said).contains("Done ");
  }
}
