package teos.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * What the towers of tests keep their data in: SQLite, or with {@code
 * -Dteos.test.database=postgresql} a database of a real server, one for each data folder.
 */
public final class TestDatabase {

  private static final boolean POSTGRES =
      System.getProperty("teos.test.database", "sqlite").equals("postgresql");

  private TestDatabase() {}

  /** Whether it is PostgreSQL. */
  public static boolean isPostgres() {
    return POSTGRES;
  }

  /** The URL of the database that belongs to {@code folder}. */
  public static String url(Path folder) throws IOException, InterruptedException {
    CRC32C hash = new CRC32C();
    hash.update(folder.toAbsolutePath().normalize().toString().getBytes(UTF_8));
    return PostgresServer.shared().url("t" + HexFormat.of().toHexDigits(hash.getValue()));
  }

  /** What a tower with its data in {@code folder} has to be told of its database. */
  public static Map<String, String> settings(Path folder) throws IOException, InterruptedException {
    return POSTGRES ? Map.of("database_url", url(folder)) : Map.of();
  }
}
