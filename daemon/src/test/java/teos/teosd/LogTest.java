package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;
import teos.common.KeyFile;
import teos.protocol.Appointment;
import teos.protocol.AppointmentUuid;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.teosd.process.JsonLayout;
import teos.teosd.process.LineLayout;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/** Log lines of a breach: they can be traced by UUID, and contain no secrets. */
@Tag("bitcoind")
@Isolated("reads the log of all towers in this JVM, and sets its level")
class LogTest {

  private static final int FEE_RATE = 10;

  @TempDir Path dataDir;

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Logger teos = context.getLogger("teos");
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        private final LineLayout text = new LineLayout();
        private final JsonLayout json = new JsonLayout();

        @Override
        protected void append(ILoggingEvent event) {
          lines.add(text.doLayout(event) + json.doLayout(event));
        }
      };
  private Level rootLevel;
  private Level teosLevel;

  @BeforeEach
  void captureLog() {
    rootLevel = root.getLevel();
    teosLevel = teos.getLevel();
    root.setLevel(Level.DEBUG);
    teos.setLevel(Level.TRACE);
    appender.setContext(context);
    appender.start();
    root.addAppender(appender);
  }

  @AfterEach
  void releaseLog() {
    root.detachAppender(appender);
    root.setLevel(rootLevel);
    teos.setLevel(teosLevel);
  }

  @Test
  void logsEveryStageWithUuidAndNoSecrets() throws Exception {
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(120);
      String cookie = Files.readString(bitcoind.cookieFile());
      LightningChannel channel = LightningChannel.open(bitcoind);
      SecretKey key = SecretKey.generate(new SecureRandom());
      Appointment appointment;
      TowerUser.Receipt receipt;
      SecretKey towerKey;
      try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
        towerKey = new KeyFile(tower.config().files().secretKey(), "key").load();
        TowerUser user = new TowerUser(tower.api(), Dialect.V2, key);
        user.register();
        appointment = user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
        receipt = user.sendForReceipt(appointment);
        assertThat(user.get(appointment.locator()).status()).isEqualTo(200);
        user.post("/add_appointment", "{\"signature\": \"nonsense\"}");
        bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
        String penalty = channel.penaltyTxid(FEE_RATE).toString();
        Eventually.holds("the penalty", () -> bitcoind.mempool().contains(penalty));
        bitcoind.mine(1);
        Eventually.holds("penalty confirmed", () -> isLogged(" confirmed ", penalty));
      }

      String uuid = AppointmentUuid.of(appointment.locator(), key.publicKey()).toString();
      for (String event :
          List.of("appointment stored", "breach", "seen", "penalty broadcast", "sent")) {
        assertThat(isLogged(" " + event + " ", "uuid=" + uuid)).as(event).isTrue();
      }
      assertThat(isLogged(" confirmed ", "uuid=" + uuid)).isTrue();

      String all = String.join("\n", lines);
      assertThat(all)
          .doesNotContain(HexFormat.of().formatHex(key.bytes()))
          .doesNotContain(HexFormat.of().formatHex(towerKey.bytes()))
          .doesNotContain(HexFormat.of().formatHex(appointment.encryptedBlob()))
          .doesNotContain(receipt.response().path("signature").asText())
          .doesNotContain(cookie.substring(cookie.indexOf(':') + 1));
    }
  }

  private boolean isLogged(String... parts) {
    return lines.stream().anyMatch(line -> List.of(parts).stream().allMatch(line::contains));
  }
}
