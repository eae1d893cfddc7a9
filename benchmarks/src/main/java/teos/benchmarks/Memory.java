package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory usage of a process. */
final class Memory {

  private Memory() {}

  /** Returns the current and peak resident memory of process {@code pid} (Linux). */
  static String of(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS") || line.startsWith("VmHWM"))
        .map(line -> line.replaceAll("\\s+", " "))
        .reduce((first, second) -> first + ", " + second)
        .orElse("unknown on this system");
  }
}
