package teos.tower.database;

/**
 * Address of a PostgreSQL database and the tower's credentials.
 *
 * @param url URL for the JDBC driver: {@code jdbc:postgresql://host:port/name}
 * @param user empty if the URL has it or the system's user is meant
 * @param password empty if the URL has it or none is required
 */
public record PostgresAddress(String url, String user, String password) {

  /** Returns the URL without its parameters and user information, which may contain a password. */
  @Override
  public String toString() {
    String bare = url.replaceFirst("[?].*", "");
    return bare.replaceFirst("//[^/]*@", "//"); // user:password@, which other programs use
  }
}
