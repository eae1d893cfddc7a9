package teos.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a process has taken so far.
 *
 * @param processor time on all processors, since it started
 * @param residentMib memory now, MiB; 0 where the system does not say
 */
record ProcessUse(Duration processor, long residentMib) {

  private static final String RESIDENT = "VmRSS:";
  private static final long KIB_PER_MIB = 1024;

  /**
   * Of process {@code pid}.
   *
   * @throws IOException if there is none
   */
  static ProcessUse of(long pid) throws IOException {
    ProcessHandle process =
        ProcessHandle.of(pid).orElseThrow(() -> new IOException("there is no process " + pid));
    Duration processor = process.info().totalCpuDuration().orElse(Duration.ZERO);
    return new ProcessUse(processor, residentMib(Path.of("/proc/" + pid + "/status")));
  }

  private static long residentMib(Path status) throws IOException {
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith(RESIDENT))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / KIB_PER_MIB)
        .findFirst()
        .orElse(0);
  }

  /** Seconds of processor since {@code earlier}. */
  double secondsSince(ProcessUse earlier) {
    return processor.minus(earlier.processor).toNanos() / 1e9;
  }
}
