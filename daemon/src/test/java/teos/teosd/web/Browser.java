package teos.teosd.web;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Headless Chromium that makes no requests of its own. */
final class Browser {

  private Browser() {}

  /**
   * Starts a browser. Skips the test if Chromium is not installed, or fails it if the environment
   * variable {@code CI} is set.
   *
   * @param profile an empty folder
   * @param moreOptions further options, such as {@code --window-size=360,700}
   */
  static ChromeDriver start(Path profile, String... moreOptions) {
    Optional<Path> chromium = program("chromium", "CHROMIUM");
    Optional<Path> driver = program("chromedriver", "CHROMEDRIVER");
    if (chromium.isEmpty() || driver.isEmpty()) {
      String why =
          "no chromium and chromedriver on PATH (Debian: chromium, chromium-driver), nor in"
              + " CHROMIUM and CHROMEDRIVER";
      if (System.getenv("CI") != null) {
        throw new AssertionError(why);
      }
      assumeTrue(false, why);
    }
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow().toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--user-data-dir=" + profile);
    options.addArguments(moreOptions);
    LoggingPreferences log = new LoggingPreferences();
    log.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", log);
    ChromeDriver browser =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.orElseThrow().toFile())
                .usingAnyFreePort()
                .build(),
            options);
    browser.manage().timeouts().pageLoadTimeout(Duration.ofSeconds(60));
    return browser;
  }

  private static Optional<Path> program(String name, String variable) {
    String path = System.getenv(variable);
    return Stream.concat(
            Stream.ofNullable(path).map(Path::of),
            Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
