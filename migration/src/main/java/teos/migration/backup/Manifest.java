package teos.migration.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * First entry of a backup, which describes the others: {@code key=value} lines in UTF-8.
 *
 * @param towerId the tower's public key, hex
 * @param network as in {@code btc_network}
 * @param commits number of the database's last commit
 * @param created start of the backup
 * @param checksums SHA-256 in hex of each other entry, by name
 */
record Manifest(
    String towerId, String network, long commits, Instant created, Map<String, String> checksums) {

  /** Name of the entry. */
  static final String NAME = "teos-backup";

  private static final String FORMAT = "1";
  private static final String SHA_256 = "sha256.";

  Manifest {
    checksums = Map.copyOf(checksums);
  }

  byte[] encode() {
    Map<String, String> lines = new TreeMap<>();
    lines.put("tower_id", towerId);
    lines.put("network", network);
    lines.put("commits", Long.toString(commits));
    lines.put("made", created.toString());
    checksums.forEach((name, checksum) -> lines.put(SHA_256 + name, checksum));
    return lines.entrySet().stream()
        .map(line -> line.getKey() + "=" + line.getValue() + "\n")
        .collect(Collectors.joining("", "format=" + FORMAT + "\n", ""))
        .getBytes(UTF_8);
  }

  /**
   * Parses the output of {@link #encode}.
   *
   * @throws IllegalArgumentException if a line is missing or invalid
   */
  static Manifest decode(InputStream in) throws IOException {
    Properties lines = new Properties();
    lines.load(new InputStreamReader(in, UTF_8));
    String format = lines.getProperty("format", "none");
    if (!format.equals(FORMAT)) {
      throw new IllegalArgumentException("its format is " + format + "; expected " + FORMAT);
    }
    Map<String, String> checksums = new TreeMap<>();
    for (String name : lines.stringPropertyNames()) {
      if (name.startsWith(SHA_256)) {
        checksums.put(name.substring(SHA_256.length()), lines.getProperty(name));
      }
    }
    return new Manifest(
        value(lines, "tower_id"),
        value(lines, "network"),
        Long.parseLong(value(lines, "commits")),
        Instant.parse(value(lines, "made")),
        checksums);
  }

  private static String value(Properties lines, String name) {
    String value = lines.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing in " + NAME);
    }
    return value;
  }
}
