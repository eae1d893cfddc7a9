package teos.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * CPU time and memory that one or more processes have used so far.
 *
 * @param cpuTime on all processors, since they started
 * @param residentMib current resident memory, MiB; 0 if the system does not report it
 */
record ProcessUsage(Duration cpuTime, long residentMib) {

  private static final String RESIDENT = "VmRSS:";
  private static final long KIB_PER_MIB = 1024;

  /**
   * Returns the usage of process {@code pid} and of its descendants.
   *
   * @throws IOException if there is no such process
   */
  static ProcessUsage of(long pid) throws IOException {
    ProcessHandle process =
        ProcessHandle.of(pid).orElseThrow(() -> new IOException("no process with id " + pid));
    return of(Stream.concat(Stream.of(process), process.descendants()));
  }

  /**
   * Returns the usage of this process alone, because the towers and bitcoind may be its children.
   */
  static ProcessUsage ofThisProcess() throws IOException {
    return of(Stream.of(ProcessHandle.current()));
  }

  private static ProcessUsage of(Stream<ProcessHandle> processes) throws IOException {
    Duration processor = Duration.ZERO;
    long memory = 0;
    for (ProcessHandle process : processes.toList()) {
      processor = processor.plus(process.info().totalCpuDuration().orElse(Duration.ZERO));
      memory += residentMib(Path.of("/proc/" + process.pid() + "/status"));
    }
    return new ProcessUsage(processor, memory);
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

  /** Returns the CPU seconds used since {@code earlier}. */
  double cpuSecondsSince(ProcessUsage earlier) {
    return cpuTime.minus(earlier.cpuTime).toNanos() / 1e9;
  }
}
