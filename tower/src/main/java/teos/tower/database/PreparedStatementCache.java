package teos.tower.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import org.jdbi.v3.core.statement.DefaultStatementBuilder;
import org.jdbi.v3.core.statement.StatementContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cache of a connection's prepared statements, least recently used first out: SQLite takes as long
 * to prepare many statements as to run them.
 */
final class PreparedStatementCache extends DefaultStatementBuilder {

  private static final Logger log = LoggerFactory.getLogger(PreparedStatementCache.class);
  private static final int MAX_STATEMENTS = 64;

  /** Statements that are not in use, the most recently used last. */
  private final LinkedHashMap<String, PreparedStatement> idle = new LinkedHashMap<>();

  @Override
  public PreparedStatement create(Connection connection, String sql, StatementContext context)
      throws SQLException {
    PreparedStatement cached = idle.remove(sql);
    return cached != null ? cached : super.create(connection, sql, context);
  }

  @Override
  public void close(Connection connection, String sql, Statement statement) throws SQLException {
    if (!(statement instanceof PreparedStatement prepared) || prepared.isClosed()) {
      super.close(connection, sql, statement);
      return;
    }
    prepared.clearParameters();
    PreparedStatement other = idle.put(sql, prepared);
    if (other != null) {
      other.close();
    } else if (idle.size() > MAX_STATEMENTS) {
      idle.pollFirstEntry().getValue().close();
    }
  }

  @Override
  public void close(Connection connection) {
    idle.values().forEach(PreparedStatementCache::closeQuietly);
    idle.clear();
  }

  private static void closeQuietly(PreparedStatement statement) {
    try {
      statement.close();
    } catch (SQLException e) {
      log.debug("cannot close a statement", e);
    }
  }
}
