package teos.teosd.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {

  @Test
  void defaultBringsBackTheLevelOfTheStart() {
    Logger part = logger("of-a-test");
    Logger within = logger("of-a-test.within");
    Logging.setDefault(part, Level.INFO);

    assertThat(Logging.setLevel(part.getName(), "trace")).isEqualTo("trace");
    assertThat(Logging.setLevel(within.getName(), "error")).isEqualTo("error");

    assertThat(Logging.setLevel(part.getName(), "default")).isEqualTo("info");
    assertThat(Logging.setLevel(within.getName(), "default")).isEqualTo("info");
  }

  @Test
  void defaultBringsBackTheRootsLevel() {
    Logger root = logger(Logger.ROOT_LOGGER_NAME);
    Level before = root.getLevel();
    try {
      Logging.setDefault(root, Level.WARN);
      assertThat(Logging.setLevel("ROOT", "error")).isEqualTo("error");
      assertThat(Logging.setLevel("ROOT", "default")).isEqualTo("warn");
    } finally {
      root.setLevel(before);
    }
  }

  private static Logger logger(String name) {
    return (Logger) LoggerFactory.getLogger(name);
  }
}
