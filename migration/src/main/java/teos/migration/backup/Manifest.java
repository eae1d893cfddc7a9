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
 * What a backup holds, as its first entry tells: {@code key=value} lines in UTF-8.
 *
 * @param towerId the tower's public key, hex
 * @param network as in {@code btc_network}
 * @param commits number of the database's last commit
 * @param made when it was begun
 * @param checksums SHA-256 in hex of each of the other entries, by name
 */
record Manifest(
    String towerId, String network, long commits, Instant made, Map<String, String> checksums) {

  /** Its entry's name. */
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
    lines.put("made", made.toString());
    checksums.forEach((name, checksum) -> lines.put(SHA_256 + name, checksum));
    return lines.entrySet().stream()
        .map(line -> line.getKey() + "=" + line.getValue() + "\n")
        .collect(Collectors.joining("", "format=" + FORMAT + "\n", ""))
        .getBytes(UTF_8);
  }

  /**
   * @throws IllegalArgumentException if it is not what {@link #encode} makes
   */
  static Manifest decode(InputStream in) throws IOException {
    Properties lines = new Properties();
    lines.load(new InputStreamReader(in, UTF_8));
    String format = lines.getProperty("format", "none");
    if (!format.equals(FORMAT)) {
      throw new IllegalArgumentException(
          "its format is " + format + ", and " + FORMAT + " is understood");
    }
    Map<String, String> checksums = new TreeMap<>();
    for (String name : lines.stringPropertyNames()) {
      if (name.startsWith(SHA_256)) {
        checksums.put(name.substring(SHA_256.length()), lines.getProperty(name));
      }
    }
    return new Manifest(
        line(lines, "tower_id"),
        line(lines, "network"),
        Long.parseLong(line(lines, "commits")),
        Instant.parse(line(lines, "made")),
        checksums);
  }

  private static String line(Properties lines, String name) {
    String value = lines.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing in its " + NAME);
    }
    return value;
  }
}
