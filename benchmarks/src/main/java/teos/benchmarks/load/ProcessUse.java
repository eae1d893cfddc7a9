package teos.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * What a process, or several together, have taken so far.
 *
 * @param processor time on all processors, since they started
 * @param residentMib memory now, MiB; 0 where the system does not say
 */
record ProcessUse(Duration processor, long residentMib) {

  private static final String RESIDENT = "VmRSS:";
  private static final long KIB_PER_MIB = 1024;

  /**
   * Of process {@code pid} and all that it has started.
   *
   * @throws IOException if there is no such process
   */
  static ProcessUse of(long pid) throws IOException {
    ProcessHandle process =
        ProcessHandle.of(pid).orElseThrow(() -> new IOException("there is no process " + pid));
    return of(Stream.concat(Stream.of(process), process.descendants()));
  }

  /** Of this process alone: the towers and bitcoind may be its children. */
  static ProcessUse own() throws IOException {
    return of(Stream.of(ProcessHandle.current()));
  }

  private static ProcessUse of(Stream<ProcessHandle> processes) throws IOException {
    Duration processor = Duration.ZERO;
    long memory = 0;
    for (ProcessHandle process : processes.toList()) {
      processor = processor.plus(process.info().totalCpuDuration().orElse(Duration.ZERO));
      memory += residentMib(Path.of("/proc/" + process.pid() + "/status"));
    }
    return new ProcessUse(processor, memory);
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
