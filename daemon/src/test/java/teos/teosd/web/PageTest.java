package teos.teosd.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.teosd.Eventually;
import teos.teosd.RunningTower;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/** The dashboard in a real browser, with a real tower and a breach. */
@Tag("bitcoind")
@Tag("browser")
class PageTest {

  private static final int FEE_RATE = 10;

  /** {@code to_self_delay} of the appointments. */
  private static final int DELAY = 144;

  @TempDir Path dataDir;
  @TempDir Path profile;

  private Bitcoind bitcoind;
  private RunningTower tower;
  private ChromeDriver browser;
  private String url;

  @BeforeEach
  void start() throws Exception {
    browser = Browser.start(profile);
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 360, "height", 700, "deviceScaleFactor", 2, "mobile", true));
    bitcoind = Bitcoind.start();
    bitcoind.mine(120);
    int port = FreePort.find();
    url = "http://127.0.0.1:" + port + "/";
    tower =
        RunningTower.start(
            bitcoind,
            dataDir,
            Map.of(
                "web_port", Integer.toString(port),
                "lnd_support", "true",
                "lnd_bind", "0.0.0.0",
                "lnd_port", Integer.toString(FreePort.find()),
                "public_addresses", "tower.example"));
  }

  @AfterEach
  void stop() throws Exception {
    if (browser != null) {
      browser.quit();
    }
    if (tower != null) {
      tower.close();
    }
    if (bitcoind != null) {
      bitcoind.close();
    }
  }

  private String text(String selector) {
    return browser.findElement(By.cssSelector(selector)).getText();
  }

  private void awaitText(String selector, String part) throws Exception {
    Eventually.holds(
        selector + " says " + part,
        () ->
            browser.findElements(By.cssSelector(selector)).stream()
                .anyMatch(found -> found.getText().contains(part)));
  }

  private @Nullable Object script(String script) {
    return browser.executeScript("return " + script);
  }

  @Test
  void aBreachIsShownWhileItHappens() throws Exception {
    browser.get(url);
    awaitText("#state", "Watching");
    assertThat(text("#tower-id")).isEqualTo(tower.id().toString());
    assertThat(text("#no-disputes")).isEqualTo("No disputes yet.");
    Eventually.holds(
        "a QR code for each kind of client",
        () ->
            (Boolean)
                script(
                    "[...document.querySelectorAll('#addresses img')]"
                        + ".filter((code) => code.naturalWidth > 0).length === 2"));
    assertThat(text("#addresses")).contains("tower.example:" + tower.api().getPort(), "For lnd");
    assertThat(text("#no-address")).isEmpty();

    LightningChannel channel = LightningChannel.open(bitcoind);
    TowerUser user = tower.registered(Dialect.V2);
    user.sendForReceipt(user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));
    awaitText("#overview", "Appointments\n1");

    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
    awaitText("#disputes", channel.commitmentTxid().toString());
    int dispute = bitcoind.height();
    awaitText("#disputes .badge", "in mempool");
    assertThat(text("#no-disputes")).isEmpty();

    // Focus and open the dispute by keyboard alone.
    new Actions(browser).sendKeys(Keys.TAB).perform();
    assertThat(script("document.activeElement.tagName")).isEqualTo("SUMMARY");
    new Actions(browser).sendKeys(Keys.ENTER).perform();
    awaitText("#disputes .history", "sent");
    assertThat(text("#disputes dl"))
        .contains(channel.penaltyTxid(FEE_RATE).toString(), "Fee rate\n10")
        .doesNotContain("Rung", "Penalties");
    awaitText("#disputes dl", "Deadline\nblock " + (dispute + DELAY) + ", blocks left: 143");
    awaitText("#disputes dl", "Forecast\nwithout forecast");
    awaitText("#overview", "Disputes without forecast\n1");
    for (int i = 0; i < DELAY - 1; i++) {
      bitcoind.mineBlockWith(List.of());
    }
    awaitText("#disputes .verdict", "unlikely in time");
    awaitText("#disputes dl", "Deadline\nblock " + (dispute + DELAY) + ", passed");

    bitcoind.mine(1);
    awaitText("#disputes .badge", "confirmed");
    awaitText("#disputes .history", "confirmed at height " + bitcoind.height());
    assertThat(text("#disputes")).doesNotContain("Forecast", "Deadline", "unlikely");
    assertThat(script("document.querySelector('#disputes details').open"))
        .as("an open dispute stays open")
        .isEqualTo(true);
    awaitText("#chain", Integer.toString(bitcoind.height()));

    assertThat(script("document.documentElement.scrollWidth <= window.innerWidth"))
        .as("fits the width of a phone")
        .isEqualTo(true);
    assertThat(script("window.innerWidth")).isEqualTo(360L);
    new Actions(browser).sendKeys(Keys.TAB).perform();
    assertThat(script("document.activeElement.textContent")).isEqualTo("Users with the most slots");
    new Actions(browser).sendKeys(Keys.TAB).perform();
    assertThat(script("document.activeElement.textContent")).isEqualTo("Copy");

    assertThat(script("performance.getEntriesByType('resource').map(e => e.name)"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .allSatisfy(name -> assertThat(name.toString()).startsWith(url));
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();

    tower.close();
    awaitText("#state", "The tower does not respond");
  }

  @Test
  void aFeeLadderIsShownWithItsRung() throws Exception {
    browser.get(url);
    awaitText("#state", "Watching");
    LightningChannel channel = LightningChannel.open(bitcoind);
    TowerUser user = tower.registered(Dialect.V2);
    byte[] ladder =
        Bundle.encode(List.of(channel.penalty(50), channel.penalty(5), channel.penalty(20)));
    user.sendForReceipt(user.appointment(channel.commitmentTxid(), ladder));
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
    awaitText("#disputes .badge", "in mempool");
    browser.findElement(By.cssSelector("#disputes summary")).click();
    awaitText("#disputes dl", "Penalties\n3\nRung\n1 of 3\nFee rate\n5");
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
  }

  @Test
  void followsTheBrowsersColorScheme() throws Exception {
    browser.get(url);
    awaitText("#state", "Watching");
    String background = "getComputedStyle(document.body).backgroundColor";
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "light"))));
    assertThat(script(background)).isEqualTo("rgb(246, 247, 249)");
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
    assertThat(script(background)).isEqualTo("rgb(15, 19, 25)");
  }

  @Test
  void showsThatBitcoindIsUnavailable() throws Exception {
    browser.get(url);
    awaitText("#state", "Watching");
    bitcoind.stop();
    tower.daemon().chainMonitor().wake();
    awaitText("#state", "Not ready");
    assertThat(text("#faults")).isEqualTo("bitcoind is unavailable");
    bitcoind.restart();
    awaitText("#state", "Watching");
    List<WebElement> faults = browser.findElements(By.cssSelector("#faults li"));
    assertThat(faults).isEmpty();
  }
}
