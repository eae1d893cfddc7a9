package teos.teosd.rpc;

import static io.grpc.Status.Code.RESOURCE_EXHAUSTED;
import static org.assertj.core.api.Assertions.assertThat;
import static teos.teosd.rpc.Refusals.assertFails;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.v2.GetAllAppointmentsRequest;
import teos.teosd.RunningTower;
import teos.teosd.TeosDaemon;
import teos.testkit.Bitcoind;
import teos.tower.database.Database;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** List of all appointments of a large tower; {@code scripts/benchmark list} uses a larger one. */
@Tag("bitcoind")
class LongListTest {

  private static final int COUNT = 20_000;

  @TempDir Path dataDir;

  @Test
  void longList_isCompleteInPagesAndRefusedWithoutPages() throws Exception {
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(10);
      Map<String, String> settings =
          Map.of("btc_network", "regtest", "btc_rpc_cookie", bitcoind.cookieFile().toString());
      fill(TeosDaemon.getConfig(settings, dataDir).files().database());
      try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of());
          RpcClient internal = RpcClient.internal(tower);
          RpcClient operators = RpcClient.operators(tower)) {
        assertFails(
            RESOURCE_EXHAUSTED,
            "page_size",
            () ->
                operators
                    .v2Operator()
                    .getAllAppointments(GetAllAppointmentsRequest.getDefaultInstance()));
        assertThat(v2(operators)).hasSize(COUNT);
        assertThat(v1(internal)).hasSize(COUNT);
      }
    }
  }

  /** Writes a database as a tower would have left it. */
  private static void fill(Path file) throws Exception {
    Files.createDirectories(file.getParent());
    PublicKey user = RpcUser.create().id();
    byte[] blob = new byte[346];
    try (Database database = Database.open(file)) {
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      database.execute(
          handle -> {
            new UsersDBM().store(handle, new UserRecord(user, Dialect.V2, 1_000, 1, 1_000_000));
            for (int i = 0; i < COUNT; i++) {
              byte[] locator = ByteBuffer.allocate(Locator.LENGTH).putInt(i * 7919).array();
              appointments.storeAppointment(
                  handle,
                  new StoredAppointment(
                      new Appointment(new Locator(locator), blob, 144), user, "y", 10));
            }
          });
    }
  }

  private static Set<ByteString> v2(RpcClient rpc) {
    Set<ByteString> uuids = new HashSet<>();
    AppointmentPages.v2(
        rpc,
        1000,
        page -> {
          for (AppointmentData data : page.getAppointmentsList()) {
            assertThat(uuids.add(data.getDetails().getUuid())).as("new uuid").isTrue();
          }
        });
    return uuids;
  }

  private static Set<String> v1(RpcClient rpc) {
    Set<String> uuids = new HashSet<>();
    AppointmentPages.v1(
        rpc,
        1000,
        all -> {
          Struct part = all.getFieldsOrThrow("watcher_appointments").getStructValue();
          for (String uuid : part.getFieldsMap().keySet()) {
            assertThat(uuids.add(uuid)).as("new uuid").isTrue();
          }
        });
    return uuids;
  }
}
