package teos.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HomeFolderTest {

  @Test
  void of_absolutePath_returnsIt() {
    assertThat(HomeFolder.of("/data/home")).contains(Path.of("/data/home"));
  }

  @Test
  void of_missingOrRelative_isEmpty() {
    assertThat(HomeFolder.of(null)).isEmpty();
    assertThat(HomeFolder.of("")).isEmpty();
    assertThat(HomeFolder.of("relative")).isEmpty();
  }
}
