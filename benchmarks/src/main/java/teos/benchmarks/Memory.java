package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory a process takes. */
final class Memory {

  private Memory() {}

  /** Resident memory of process {@code pid}, now and at most (Linux). */
  static String of(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS") || line.startsWith("VmHWM"))
        .map(line -> line.replaceAll("\\s+", " "))
        .reduce((first, second) -> first + ", " + second)
        .orElse("unknown on this system");
  }
}
