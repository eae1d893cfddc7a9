package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeSecp256k1Test {

  @Test
  void load_failure_namesTheLibraryAndTheReason(@TempDir Path folder) throws Exception {
    Path library = folder.resolve(System.mapLibraryName("secp256k1-jni"));
    Files.writeString(library, "no library");
    assertThat(NativeSecp256k1.load(folder.toString()))
        .hasValueSatisfying(
            failure ->
                assertThat(failure)
                    .hasMessageContaining("cannot load the native library libsecp256k1")
                    .hasMessageContaining(library.toString()));
  }

  @Test
  void load_succeedsOnThisPlatform() {
    assertThat(NativeSecp256k1.load(null)).isEmpty();
  }
}
