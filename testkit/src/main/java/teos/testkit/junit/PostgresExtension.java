package teos.testkit.junit;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import teos.testkit.PostgresServer;

/** Starts and stops the server of each field with {@link TestPostgres}. */
final class PostgresExtension implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    ServerFields.start(context, TestPostgres.class, wanted -> PostgresServer.start());
  }
}
