package teos.teosd.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {

  @Test
  void setLevel_default_restoresTheInitialLevel() {
    Logger parent = logger("of-a-test");
    Logger child = logger("of-a-test.child");
    Logging.setDefault(parent, Level.INFO);

    assertThat(Logging.setLevel(parent.getName(), "trace")).isEqualTo("trace");
    assertThat(Logging.setLevel(child.getName(), "error")).isEqualTo("error");

    assertThat(Logging.setLevel(parent.getName(), "default")).isEqualTo("info");
    assertThat(Logging.setLevel(child.getName(), "default")).isEqualTo("info");
  }

  @Test
  void setLevel_default_restoresTheLevelOfTheRoot() {
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
