package teos.testkit.junit;

import java.lang.reflect.Field;
import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.AnnotationSupport;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;

/** Starts and stops the bitcoind of each field with {@link TestBitcoind}. */
final class BitcoindExtension implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    Class<?> testClass = context.getRequiredTestClass();
    List<Field> fields = AnnotationSupport.findAnnotatedFields(testClass, TestBitcoind.class);
    for (Field field : fields) {
      TestBitcoind wanted = field.getAnnotation(TestBitcoind.class);
      Bitcoind bitcoind = Bitcoind.start(BitcoindOptions.DEFAULT.withArgs(wanted.args()));
      // The store closes it after the last test, also if mining fails.
      context
          .getStore(Namespace.create(BitcoindExtension.class, testClass))
          .put(field.getName(), bitcoind);
      if (wanted.blocks() > 0) {
        bitcoind.mine(wanted.blocks());
      }
      field.setAccessible(true);
      field.set(null, bitcoind);
    }
  }
}
