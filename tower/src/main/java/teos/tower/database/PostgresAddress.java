package teos.tower.database;

/**
 * Where a PostgreSQL database is, and who the tower is there.
 *
 * @param url as its JDBC driver takes it: {@code jdbc:postgresql://host:port/name}
 * @param user empty if the URL says, or the system's user is meant
 * @param password empty if the URL says, or none is asked for
 */
public record PostgresAddress(String url, String user, String password) {

  /** The URL without its parameters, which may hold a password. */
  @Override
  public String toString() {
    String bare = url.replaceFirst("[?].*", "");
    return bare.replaceFirst("//[^/]*@", "//"); // as other programs' URLs have it
  }
}
