package teos.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Database of the towers in tests: SQLite, or with {@code -Dteos.test.database=postgresql} one
 * database per data folder on a real PostgreSQL server.
 */
public final class TestDatabase {

  private static final boolean POSTGRES =
      System.getProperty("teos.test.database", "sqlite").equals("postgresql");

  private TestDatabase() {}

  /** Returns whether tests use PostgreSQL. */
  public static boolean isPostgres() {
    return POSTGRES;
  }

  /** Returns the JDBC URL of the PostgreSQL database that belongs to {@code folder}. */
  public static String url(Path folder) throws IOException, InterruptedException {
    CRC32C hash = new CRC32C();
    hash.update(folder.toAbsolutePath().normalize().toString().getBytes(UTF_8));
    return PostgresServer.shared().url("t" + HexFormat.of().toHexDigits(hash.getValue()));
  }

  /** Returns the database settings of a tower whose data folder is {@code folder}. */
  public static Map<String, String> settings(Path folder) throws IOException, InterruptedException {
    return POSTGRES ? Map.of("database_url", url(folder)) : Map.of();
  }
}
