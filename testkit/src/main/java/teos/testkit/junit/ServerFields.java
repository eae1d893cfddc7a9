package teos.testkit.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.AnnotationSupport;

/** Static fields of a test class with servers that run as long as its tests. */
final class ServerFields {

  /**
   * Starts the server of a field.
   *
   * @param <A> annotation of the field
   */
  interface Starter<A extends Annotation> {
    AutoCloseable start(A annotation) throws Exception;
  }

  private ServerFields() {}

  /** Starts a server for each field with {@code type}; it is closed after the last test. */
  static <A extends Annotation> void start(
      ExtensionContext context, Class<A> type, Starter<A> starter) throws Exception {
    Class<?> testClass = context.getRequiredTestClass();
    for (Field field : AnnotationSupport.findAnnotatedFields(testClass, type)) {
      AutoCloseable server =
          starter.start(AnnotationSupport.findAnnotation(field, type).orElseThrow());
      context.getStore(Namespace.create(type, testClass)).put(field.getName(), server);
      field.setAccessible(true);
      field.set(null, server);
    }
  }
}
