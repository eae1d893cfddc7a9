package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** Deleted appointments: their slots are free, and the tower does not respond to their breaches. */
@Tag("bitcoind")
class DeletionTest {

  private static final int FEE_RATE = 10;
  private static final int SLOTS = 10_000;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private static Appointment appointment(TowerUser user, LightningChannel channel) {
    return user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
  }

  private static void breach(LightningChannel channel) {
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
  }

  private static String penalty(LightningChannel channel) {
    return channel.penaltyTxid(FEE_RATE).toString();
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void delete_freesTheSlotAndEndsTheWatchOfThisAppointmentOnly(Dialect dialect) throws Exception {
    LightningChannel deleted = LightningChannel.open(bitcoind);
    LightningChannel kept = LightningChannel.open(bitcoind);
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      TowerUser user = tower.registered(dialect);
      Appointment deletedAppointment = appointment(user, deleted);
      user.sendForReceipt(deletedAppointment);
      user.sendForReceipt(appointment(user, kept));

      TowerUser.Reply reply = user.delete(deletedAppointment.locator());
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json().path("status").asText()).isEqualTo("deleted");
      assertThat(reply.json().path("locator").asText())
          .isEqualTo(deletedAppointment.locator().toHex());
      assertThat(reply.json().path("available_slots").asInt()).isEqualTo(SLOTS - 1);
      assertThat(user.get(deletedAppointment.locator()).status()).isEqualTo(404);
      assertThat(user.delete(deletedAppointment.locator()).status()).as("again").isEqualTo(404);
      assertThat(user.subscription().json().path("locators")).hasSize(1);

      bitcoind.mineBlockWith(
          List.of(
              HexFormat.of().formatHex(deleted.commitment()),
              HexFormat.of().formatHex(kept.commitment())));
      Eventually.holds(
          "the penalty of the other appointment", () -> bitcoind.mempool().contains(penalty(kept)));
      assertThat(bitcoind.mempool()).doesNotContain(penalty(deleted));
      assertThat(tower.daemon().components().storedTrackers()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void delete_afterTheDispute_isRefused(Dialect dialect) throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      TowerUser user = tower.registered(dialect);
      Appointment appointment = appointment(user, channel);
      user.sendForReceipt(appointment);
      breach(channel);
      Eventually.holds("the penalty", () -> bitcoind.mempool().contains(penalty(channel)));
      TowerUser.Reply reply = user.delete(appointment.locator());
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().path("error").asText())
          .isEqualTo(
              "The dispute of this appointment has been seen, and the tower is responding to it");
      assertThat(reply.json().path("error_code").asInt())
          .isEqualTo(dialect == Dialect.V1 ? -9 : 35);
      assertThat(user.get(appointment.locator()).json().path("status").asText())
          .isEqualTo("dispute_responded");
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void delete_byAnotherUser_isRefusedAndADeletedAppointmentCanBeSentAgain(Dialect dialect)
      throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    Appointment appointment;
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      TowerUser user = tower.registered(dialect);
      appointment = appointment(user, channel);
      user.sendForReceipt(appointment);
      TowerUser other = tower.registered(dialect);
      assertThat(other.delete(appointment.locator()).status()).isEqualTo(404);
      TowerUser stranger = tower.user(dialect);
      assertThat(stranger.delete(appointment.locator()).status()).isBetween(400, 404);
      assertThat(user.get(appointment.locator()).status()).isEqualTo(200);
      assertThat(user.delete(appointment.locator()).status()).isEqualTo(200);
      user.sendForReceipt(appointment);
      breach(channel);
      Eventually.holds("the penalty", () -> bitcoind.mempool().contains(penalty(channel)));
    }
  }
}
