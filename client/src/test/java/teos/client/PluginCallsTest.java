package teos.client;

import static org.assertj.core.api.Assertions.assertThat;
import static teos.client.FakeTower.appointment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.client.store.AppointmentQueue;
import teos.protocol.Appointment;
import teos.protocol.Dialect;

/** Calls that a program needs which sends its queues itself, as the plugin for lightningd does. */
class PluginCallsTest {

  @TempDir Path folder;

  private final FakeTower tower = new FakeTower(Dialect.V2);
  private StubServer server;
  private TowerClient client;

  @BeforeEach
  void start() throws Exception {
    server = new StubServer(tower);
    client = TowerClient.open(folder, ClientOptions.DEFAULT);
    client.subscribe(tower.id(), server.address());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private AppointmentQueue queue() {
    return client.towerFolder(tower.id()).queue();
  }

  @Test
  void subscribe_savesTheTowerAsDefault() throws Exception {
    assertThat(client.defaultTower()).contains(tower.id());
    assertThat(client.tower(tower.id()).orElseThrow().availableSlots()).isEqualTo(tower.slots);
  }

  @Test
  void subscribe_leavesTheQueueForSendQueued() throws Exception {
    client.enqueue(tower.id(), appointment(1, 100, 20));
    tower.slots = 77;
    assertThat(client.subscribe(tower.id(), server.address()).availableSlots()).isEqualTo(77);
    assertThat(queue().size()).isOne();
    assertThat(tower.appointments).isEmpty();

    assertThat(client.sendQueued(tower.id()).accepted()).isOne();
    assertThat(queue().size()).isZero();
  }

  @Test
  void locators_areThoseOfAllVersionsInOrder() throws Exception {
    assertThat(queue().locators()).isEmpty();
    List<Appointment> appointments =
        List.of(appointment(9, 100, 20), appointment(1, 100, 20), appointment(9, 200, 20));
    for (Appointment appointment : appointments) {
      client.enqueue(tower.id(), appointment);
    }
    assertThat(queue().locators())
        .containsExactlyElementsOf(appointments.stream().map(Appointment::locator).toList());
  }

  @Test
  void forEachRejected_passesOnWhatTheTowerRejected() throws Exception {
    List<Appointment> rejected = new ArrayList<>();
    queue().forEachRejected(one -> rejected.add(one.appointment()));
    assertThat(rejected).isEmpty();

    server.handleWith(
        (path, body) ->
            path.equals("/add_appointment")
                ? new StubServer.Reply(400, "{\"error\":\"no\",\"error_code\":4}", Map.of())
                : tower.answer(path, body));
    List<Appointment> appointments = List.of(appointment(1, 100, 20), appointment(2, 100, 42));
    for (Appointment appointment : appointments) {
      client.enqueue(tower.id(), appointment);
    }
    assertThat(client.sendQueued(tower.id()).rejected()).hasSize(2);
    queue().forEachRejected(one -> rejected.add(one.appointment()));
    assertThat(rejected)
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyInAnyOrderElementsOf(appointments);
  }
}
