package teos.teosd.web;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Program {@code MakeScreenshots URL FOLDER}: takes the README's screenshots of the dashboard at
 * {@code URL} after the tower has responded to one breach, as {@code scripts/demo} does.
 */
final class MakeScreenshots {

  private static final By DISPUTE = By.cssSelector("#disputes summary");

  private MakeScreenshots() {}

  public static void main(String... args) throws Exception {
    Path folder = Path.of(args[1]);
    ChromeDriver browser =
        Browser.start(
            Files.createTempDirectory("chromium-"), "--window-size=960,1300", "--hide-scrollbars");
    try {
      browser.get(args[0]);
      new WebDriverWait(browser, Duration.ofMinutes(1))
          .until(ExpectedConditions.elementToBeClickable(DISPUTE));
      take(browser, By.tagName("body"), folder.resolve("dashboard.png"));
      browser.findElement(DISPUTE).click();
      new WebDriverWait(browser, Duration.ofMinutes(1))
          .until(ExpectedConditions.visibilityOfElementLocated(By.cssSelector("#disputes ol li")));
      take(browser, By.cssSelector("section:has(#disputes)"), folder.resolve("breach.png"));
    } finally {
      browser.quit();
    }
  }

  private static void take(ChromeDriver browser, By element, Path file) throws Exception {
    Files.write(file, browser.findElement(element).getScreenshotAs(OutputType.BYTES));
  }
}
