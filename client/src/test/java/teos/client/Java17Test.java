package teos.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.common.KeyFile;
import teos.protocol.SecretKey;

/** The library runs in wallets on Java 17. */
class Java17Test {

  private static final int CLASS_FILE_JAVA_17 = 61;

  @ParameterizedTest
  @ValueSource(classes = {SecretKey.class, KeyFile.class, TowerClient.class})
  void modulesAreCompiledForJava17(Class<?> type) throws Exception {
    try (InputStream file =
        Objects.requireNonNull(type.getResourceAsStream(type.getSimpleName() + ".class"))) {
      DataInputStream header = new DataInputStream(file);
      header.skipBytes(6);
      assertThat(header.readUnsignedShort()).isEqualTo(CLASS_FILE_JAVA_17);
    }
  }

  @Test
  void secondRunUsesTheJavaThatItNames() {
    String expected = System.getProperty("teos.test.java", "");
    assumeTrue(!expected.isEmpty(), "not the run on Java 17");
    assertThat(Runtime.version().feature()).isEqualTo(Integer.parseInt(expected));
  }
}
