package teos.tower.store;

import java.io.IOException;
import java.lang.reflect.Field;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.AnnotationSupport;
import teos.testkit.TemporaryFolder;
import teos.tower.database.Database;

/** Opens and closes the database of each field with {@link OpenDatabase}. */
final class DatabaseExtension implements BeforeEachCallback {

  private record FolderDatabase(TemporaryFolder folder, Database database)
      implements AutoCloseable {

    static FolderDatabase open() throws IOException, InterruptedException {
      TemporaryFolder folder = TemporaryFolder.create("teos-database-");
      return new FolderDatabase(folder, TestStore.open(folder.path().resolve("teos.sqlite")));
    }

    @Override
    public void close() throws IOException {
      database.close();
      folder.close();
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    for (Field field :
        AnnotationSupport.findAnnotatedFields(context.getRequiredTestClass(), OpenDatabase.class)) {
      FolderDatabase opened = FolderDatabase.open();
      context
          .getStore(Namespace.create(DatabaseExtension.class, context.getUniqueId()))
          .put(field.getName(), opened);
      field.setAccessible(true);
      field.set(context.getRequiredTestInstance(), opened.database());
    }
  }
}
