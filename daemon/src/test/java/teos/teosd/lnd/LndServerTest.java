package teos.teosd.lnd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.config.Config;
import teos.protocol.Dialect;
import teos.protocol.HostPort;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.teosd.Eventually;
import teos.teosd.RunningTower;
import teos.teosd.api.SessionPolicy;
import teos.teosd.api.SessionRequest;
import teos.teosd.api.SessionResult;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;
import teos.wtwire.ErrorCode;
import teos.wtwire.Features;
import teos.wtwire.Message.CreateSession;
import teos.wtwire.Message.CreateSessionReply;
import teos.wtwire.Message.DeleteSession;
import teos.wtwire.Message.DeleteSessionReply;
import teos.wtwire.Message.Init;
import teos.wtwire.Message.StateUpdate;
import teos.wtwire.Message.StateUpdateReply;

/** Messages of lnd's clients to a running tower, over real sockets, and its replies. */
@Tag("bitcoind")
class LndServerTest {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int LEGACY = 0b10;
  private static final int BLOB = 24 + 274 + 16;

  @TempDir static Path folder;

  @TestBitcoind(blocks = 110)
  private static Bitcoind bitcoind;

  private static RunningTower tower;
  private static int port;

  private final SecretKey session = SecretKey.generate(RANDOM);

  @BeforeAll
  static void start() throws Exception {
    port = FreePort.find();
    tower =
        RunningTower.start(
            bitcoind,
            folder,
            Map.of(
                "lnd_support", "true", "lnd_port", Integer.toString(port), "lnd_max_updates", "9"));
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
  }

  private LndClient connect() throws Exception {
    return connect(session);
  }

  private static LndClient connect(SecretKey key) throws Exception {
    // The tower may not have closed the previous connection of the session yet.
    for (int i = 0; ; i++) {
      try {
        return LndClient.connect(port, tower.id(), key, LndClient.REGTEST);
      } catch (IOException e) {
        if (i == 100) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }

  private ErrorCode create(CreateSession message) throws Exception {
    try (LndClient client = connect()) {
      ErrorCode code = ((CreateSessionReply) client.ask(message)).code();
      assertThat(client.receive()).isEmpty();
      return code;
    }
  }

  private ErrorCode create(int blobType, int updates, long base, long rate, long fee)
      throws Exception {
    return create(new CreateSession(blobType, updates, base, rate, fee));
  }

  private static StateUpdate update(int sequence, int lastApplied, boolean complete) {
    byte[] hint = new byte[Locator.LENGTH];
    RANDOM.nextBytes(hint);
    byte[] blob = new byte[BLOB];
    RANDOM.nextBytes(blob);
    return new StateUpdate(sequence, lastApplied, complete, new Locator(hint), blob);
  }

  private StateUpdateReply send(StateUpdate update) throws Exception {
    try (LndClient client = connect()) {
      return (StateUpdateReply) client.ask(update);
    }
  }

  @Test
  void sessionsOutsideThePolicyAreRefused() throws Exception {
    assertThat(create(0b1, 1, 0, 0, 2_500)).isEqualTo(ErrorCode.REJECT_BLOB_TYPE);
    assertThat(create(0b11, 1, 0, 0, 2_500)).isEqualTo(ErrorCode.REJECT_BLOB_TYPE);
    assertThat(create(0b1110, 1, 0, 0, 2_500)).isEqualTo(ErrorCode.REJECT_BLOB_TYPE);
    assertThat(create(LEGACY, 0, 0, 0, 2_500)).isEqualTo(ErrorCode.REJECT_MAX_UPDATES);
    assertThat(create(LEGACY, 10, 0, 0, 2_500)).isEqualTo(ErrorCode.REJECT_MAX_UPDATES);
    assertThat(create(LEGACY, 9, 1, 0, 2_500)).isEqualTo(ErrorCode.REJECT_REWARD_RATE);
    assertThat(create(LEGACY, 9, 0, 1, 2_500)).isEqualTo(ErrorCode.REJECT_REWARD_RATE);
    assertThat(create(LEGACY, 9, 0, 0, 252)).isEqualTo(ErrorCode.REJECT_SWEEP_FEE_RATE);
    assertThat(create(LEGACY, 9, 0, 0, 250_001)).isEqualTo(ErrorCode.REJECT_SWEEP_FEE_RATE);
    assertThat(create(LEGACY, 9, 0, 0, -1)).isEqualTo(ErrorCode.REJECT_SWEEP_FEE_RATE);
    assertThat(send(update(1, 0, true)).code()).isEqualTo(ErrorCode.PERMANENT_FAILURE);
    for (int type : new int[] {0b10, 0b110, 0b1010, 0b11010}) {
      assertThat(create(type, 9, 0, 0, 253)).isEqualTo(ErrorCode.OK); // replaces the unused session
    }
  }

  @Test
  void rewardIsAcceptedOnlyByTowersWithARewardAddress() {
    SessionPolicy taking = new SessionPolicy(9, 5_000, 10, new byte[22], Set.of(tower.id()));
    SessionRequest offer = new SessionRequest(0b11, 9, 100, 1_000_000, 2_500);
    assertThat(taking.check(tower.id(), offer)).isEmpty();
    assertThat(taking.rewardScript(offer)).hasSize(22);
    assertThat(taking.check(session.publicKey(), offer)).contains(SessionResult.Reason.CLIENT);
    assertThat(taking.check(tower.id(), new SessionRequest(0b11, 9, 0, 1_000_001, 2_500)))
        .contains(SessionResult.Reason.REWARD_RATE);
    SessionRequest altruist = new SessionRequest(0b10, 9, 0, 0, 2_500);
    assertThat(taking.rewardScript(altruist)).isEmpty();
    byte[] regtest = LndClient.REGTEST;
    Config.Lnd settings = lnd("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080");
    assertThat(LndSettings.sessionPolicy(settings, regtest).rewardScript()).hasSize(22);
    assertThatThrownBy(() -> LndSettings.sessionPolicy(lnd("bc1qw508d6qej"), regtest))
        .hasMessageContaining(
            "lnd_reward_address: \"bc1qw508d6qej\" is not usable; expected a P2WPKH address");
  }

  private static Config.Lnd lnd(String address) {
    return new Config.Lnd(true, new HostPort("127.0.0.1", 9911), 9, 5_000, 10, address, Set.of());
  }

  @Test
  void updatesMustBeInSequence() throws Exception {
    assertThat(create(LEGACY, 4, 0, 0, 2_500)).isEqualTo(ErrorCode.OK);
    StateUpdate first = update(1, 0, true);
    assertThat(send(first)).isEqualTo(new StateUpdateReply(ErrorCode.OK, 1));
    assertThat(send(first))
        .isEqualTo(new StateUpdateReply(ErrorCode.OK, 1)); // as after a lost reply
    assertThat(send(update(3, 1, true)).code()).isEqualTo(ErrorCode.SEQUENCE_OUT_OF_ORDER);
    assertThat(send(update(1, 1, true)).code()).isEqualTo(ErrorCode.PERMANENT_FAILURE);
    assertThat(send(update(2, 1, true))).isEqualTo(new StateUpdateReply(ErrorCode.OK, 2));
    assertThat(send(update(3, 0, true)).code()).isEqualTo(ErrorCode.CLIENT_BEHIND);
    assertThat(create(LEGACY, 4, 0, 0, 2_500)).isEqualTo(ErrorCode.ALREADY_EXISTS);
    try (LndClient client = connect()) {
      assertThat(client.ask(update(3, 2, false))).isEqualTo(new StateUpdateReply(ErrorCode.OK, 3));
      assertThat(client.ask(update(4, 3, false))).isEqualTo(new StateUpdateReply(ErrorCode.OK, 4));
      assertThat(client.ask(update(5, 4, false)))
          .isEqualTo(new StateUpdateReply(ErrorCode.MAX_UPDATES_EXCEEDED, 4));
      assertThat(client.receive()).isEmpty();
    }
    StateUpdate short1 = new StateUpdate(4, 3, true, new Locator(new byte[16]), new byte[BLOB - 1]);
    assertThat(send(short1).code()).isEqualTo(ErrorCode.PERMANENT_FAILURE);
  }

  @Test
  void sessionContinuesAfterUpdatesThatTheTowerHasLost() throws Exception {
    assertThat(create(LEGACY, 9, 0, 0, 2_500)).isEqualTo(ErrorCode.OK);
    assertThat(send(update(1, 0, true)).code()).isEqualTo(ErrorCode.OK);
    assertThat(send(update(5, 4, true))).isEqualTo(new StateUpdateReply(ErrorCode.OK, 5));
    assertThat(send(update(6, 5, true))).isEqualTo(new StateUpdateReply(ErrorCode.OK, 6));
    assertThat(send(update(8, 6, true)).code()).isEqualTo(ErrorCode.SEQUENCE_OUT_OF_ORDER);
  }

  @Test
  void deletedSessionRejectsUpdates() throws Exception {
    try (LndClient client = connect()) {
      assertThat(client.ask(new DeleteSession()))
          .isEqualTo(new DeleteSessionReply(ErrorCode.NOT_FOUND));
    }
    assertThat(create(LEGACY, 9, 0, 0, 2_500)).isEqualTo(ErrorCode.OK);
    assertThat(send(update(1, 0, true)).code()).isEqualTo(ErrorCode.OK);
    try (LndClient client = connect()) {
      assertThat(client.ask(new DeleteSession())).isEqualTo(new DeleteSessionReply(ErrorCode.OK));
    }
    assertThat(send(update(2, 1, true)).code()).isEqualTo(ErrorCode.PERMANENT_FAILURE);
    Eventually.holds(
        "the deleted session is purged",
        () -> {
          bitcoind.mine(1);
          return create(LEGACY, 9, 0, 0, 2_500) == ErrorCode.OK;
        });
  }

  @Test
  void keyBelongsToOneProtocolOnly() throws Exception {
    assertThat(create(LEGACY, 9, 0, 0, 2_500)).isEqualTo(ErrorCode.OK);
    TowerUser.Reply refused = new TowerUser(tower.api(), Dialect.V2, session).register();
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("this key has a session of lnd's protocol");
    SecretKey user = SecretKey.generate(RANDOM);
    assertThat(new TowerUser(tower.api(), Dialect.V2, user).register().status()).isEqualTo(200);
    try (LndClient client = LndClient.connect(port, tower.id(), user, LndClient.REGTEST)) {
      assertThat(client.ask(new CreateSession(LEGACY, 9, 0, 0, 2_500)))
          .extracting(reply -> ((CreateSessionReply) reply).code())
          .isEqualTo(ErrorCode.TEMPORARY_FAILURE);
    }
  }

  @Test
  void clientOnAnotherChainOrWithUnknownFeaturesIsDisconnected() throws Exception {
    try (LndClient client = LndClient.silent(port, tower.id(), session)) {
      client.send(new Init(new byte[0], new byte[32]));
      assertThat(client.receive()).get().isInstanceOf(Init.class);
      assertThat(client.receive()).isEmpty();
    }
    try (LndClient client = LndClient.silent(port, tower.id(), SecretKey.generate(RANDOM))) {
      client.send(new Init(new byte[] {0b0100_0000}, LndClient.REGTEST));
      assertThat(client.receive())
          .get()
          .extracting(init -> ((Init) init).features())
          .isEqualTo(Features.tower());
      assertThat(client.receive()).isEmpty();
    }
    try (LndClient client = LndClient.silent(port, tower.id(), SecretKey.generate(RANDOM))) {
      client.send(new DeleteSession());
      assertThat(client.receive()).get().isInstanceOf(Init.class);
      assertThat(client.receive()).isEmpty();
    }
  }

  @Test
  void manySessionsWorkDespiteSilentConnections() throws Exception {
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      silent.add(new Socket(InetAddress.getLoopbackAddress(), port));
    }
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        all.add(executor.submit(LndServerTest::sendAllUpdates));
      }
      for (Future<Integer> each : all) {
        assertThat(each.get()).isEqualTo(9);
      }
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  private static int sendAllUpdates() throws Exception {
    SecretKey own = SecretKey.generate(RANDOM);
    try (LndClient client = connect(own)) {
      client.ask(new CreateSession(LEGACY, 9, 0, 0, 2_500));
    }
    int last = 0;
    try (LndClient client = connect(own)) {
      for (int i = 1; i <= 9; i++) {
        last = ((StateUpdateReply) client.ask(update(i, i - 1, i == 9))).lastApplied();
      }
    }
    return last;
  }

  @Test
  void storedUpdatesAreAcknowledgedWhenTheTowerStops(@TempDir Path own) throws Exception {
    Map<String, String> settings =
        Map.of(
            "lnd_support",
            "true",
            "lnd_port",
            Integer.toString(FreePort.find()),
            "lnd_max_updates",
            "9999");
    Map<SecretKey, AtomicInteger> acknowledged = new HashMap<>();
    List<Future<?>> senders = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      try (RunningTower stopping = RunningTower.start(bitcoind, own, settings)) {
        for (int i = 0; i < 12; i++) {
          SecretKey key = SecretKey.generate(RANDOM);
          AtomicInteger count = new AtomicInteger();
          acknowledged.put(key, count);
          assertThat(createWith(settings, stopping, key).code()).isEqualTo(ErrorCode.OK);
          senders.add(executor.submit(() -> sendUntilClosed(settings, stopping, key, count)));
        }
        Eventually.holds(
            "all are sending", () -> acknowledged.values().stream().allMatch(n -> n.get() > 2));
      }
      for (Future<?> sender : senders) {
        assertThatThrownBy(sender::get).as("closed").isInstanceOf(ExecutionException.class);
      }
    }
    try (RunningTower again = RunningTower.start(bitcoind, own, settings)) {
      for (Map.Entry<SecretKey, AtomicInteger> each : acknowledged.entrySet()) {
        CreateSessionReply reply = createWith(settings, again, each.getKey());
        assertThat(reply.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
        assertThat(reply.lastApplied()).isEqualTo(each.getValue().get());
      }
    }
  }

  private static LndClient connect(Map<String, String> settings, RunningTower to, SecretKey key)
      throws Exception {
    int at = Integer.parseInt(settings.get("lnd_port"));
    return LndClient.connect(at, to.id(), key, LndClient.REGTEST);
  }

  private static CreateSessionReply createWith(
      Map<String, String> settings, RunningTower of, SecretKey key) throws Exception {
    try (LndClient client = connect(settings, of, key)) {
      CreateSession message = new CreateSession(LEGACY, 9_999, 0, 0, 2_500);
      CreateSessionReply reply = (CreateSessionReply) client.ask(message);
      assertThat(client.receive()).isEmpty();
      return reply;
    }
  }

  private static Void sendUntilClosed(
      Map<String, String> settings, RunningTower to, SecretKey key, AtomicInteger acknowledged)
      throws Exception {
    try (LndClient client = connect(settings, to, key)) {
      while (true) {
        int last = acknowledged.get();
        client.ask(update(last + 1, last, false));
        acknowledged.incrementAndGet();
      }
    }
  }
}
