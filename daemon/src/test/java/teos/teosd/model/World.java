package teos.teosd.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import teos.config.Config;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Blob;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.teosd.HeadlessTower;
import teos.teosd.TeosDaemon;
import teos.teosd.api.AddResult;
import teos.teosd.api.InternalApi;
import teos.teosd.api.RateLimitResult;
import teos.teosd.api.RegistrationResult;
import teos.teosd.model.ChainDriver.Mined;
import teos.teosd.process.StartupException;
import teos.testkit.FreePort;
import teos.testkit.TemporaryFolder;
import teos.testkit.TestDatabase;
import teos.testkit.simulation.ChannelKind;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Tracker;
import teos.tower.store.UserRecord;

/**
 * State of one run: a tower with its own data, a chain, two users with channels, and the model, to
 * which every event is reported. Its methods are the actions of a run; an action that is impossible
 * at the moment does nothing.
 */
final class World implements AutoCloseable {

  /** Number of channels in a run; those with an even index belong to the first user. */
  static final int CHANNELS = 4;

  private static final TowerModel.TowerSettings SETTINGS = new TowerModel.TowerSettings(25, 4, 6);

  /** Registrations of the second user, whose subscription outlasts the run. */
  private static final int LONG_LIFE = 20;

  /** {@code to_self_delay} of the appointments, in blocks. */
  private static final int SELF_DELAY = 20;

  /**
   * Blocks at the end of a run: a penalty that bitcoind has dropped is broadcast again after six.
   */
  private static final int LAST_BLOCKS = 10;

  /** Maximum number of polls for a response that the tower has postponed by a second. */
  private static final int MAX_LATE_POLLS = 40;

  private static final long LATE_MILLIS = 100;

  private final ChainDriver driver;
  private final List<ChannelTransactions> channels;
  private final List<User> users = List.of(User.number(1, Dialect.V1), User.number(2, Dialect.V2));
  private final int[] versions = new int[CHANNELS];
  private final AtomicReference<@Nullable NodeFault> outage = new AtomicReference<>();
  private final SecretKey towerKey = keyNumber(3);
  private final Path dataDir;
  private final Config config;
  private final TowerModel model;

  /** The node's minimum fee rate, satoshi per virtual byte. */
  private int minimum;

  /** Fee rate below which miners take nothing, satoshi per virtual byte. */
  private int wanted;

  private FaultyRpc rpc;
  private @Nullable HeadlessTower tower;

  /** Whether the tower has processed the current chain. */
  private boolean caughtUp;

  /**
   * Whether a call failed during an appointment, so that the tower may respond to the dispute
   * later.
   */
  private boolean late;

  private record User(SecretKey key, Dialect dialect) {
    static User number(int number, Dialect dialect) {
      return new User(keyNumber(number), dialect);
    }
  }

  private static SecretKey keyNumber(int number) {
    byte[] bytes = new byte[SecretKey.LENGTH];
    bytes[SecretKey.LENGTH - 1] = (byte) number;
    return new SecretKey(bytes);
  }

  /** Begins a run with a new tower at which both users are registered. */
  static World begin(ChainDriver driver) {
    try {
      driver.newRun();
      World world = new World(driver);
      world.startTower();
      for (int i = 0; i < LONG_LIFE; i++) {
        world.register(1);
      }
      world.register(0);
      return world;
    } catch (Exception e) {
      throw new IllegalStateException("the run cannot begin", e);
    }
  }

  /** Begins a run with appointments and unconfirmed disputes for all channels. */
  static World beginWithDisputes(ChainDriver driver) {
    World world = begin(driver);
    try {
      for (int i = 0; i < CHANNELS; i++) {
        world.appoint(i);
        world.publishDispute(i);
      }
      return world;
    } catch (Exception e) {
      throw new IllegalStateException("the run cannot begin", e);
    }
  }

  private World(ChainDriver driver) throws Exception {
    this.driver = driver;
    this.channels = driver.channels();
    this.dataDir = dataDir();
    Map<String, String> settings = new HashMap<>();
    settings.put("btc_network", "regtest");
    settings.put("btc_rpc_user", "nobody");
    settings.put("btc_rpc_password", "nothing");
    settings.put("btc_feed_port", "0");
    settings.put("rpc_port", Integer.toString(FreePort.find()));
    settings.put("polling_delta", "65535");
    settings.put("mempool_polling_delta", "65535");
    settings.put("subscription_duration", Integer.toString(SETTINGS.duration()));
    settings.put("expiry_delta", Integer.toString(SETTINGS.delta()));
    settings.put("locator_cache_size", Integer.toString(SETTINGS.cache()));
    settings.putAll(TestDatabase.settings(dataDir));
    this.config = TeosDaemon.getConfig(settings, dataDir);
    Files.createDirectories(config.dataDir());
    this.model =
        new TowerModel(
            SETTINGS,
            channels,
            Stream.iterate(0, i -> i + 1).limit(CHANNELS).map(i -> i % users.size()).toList(),
            driver.baseHeight());
    this.rpc = new FaultyRpc(driver.rpc(), outage);
  }

  /**
   * Uses a folder in memory if there is one: a thousand runs would sync to disk many thousand
   * times, and no simulated crash is a power loss.
   */
  private static Path dataDir() throws IOException {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory)
        ? Files.createTempDirectory(memory, "teos-model-")
        : Files.createTempDirectory("teos-model-");
  }

  // The tower

  /** Starts the tower, if it is not running and bitcoind answers. */
  void startTower() throws Exception {
    startTower(() -> {});
  }

  /** Starts the tower with a crash planned at a call during catch-up; see {@link #crash}. */
  void startTowerToCrash(int calls, boolean effect) throws Exception {
    model.recordFault();
    startTower(() -> rpc.crashAfter(calls, effect));
  }

  private void startTower(Runnable beforeCatchingUp) throws Exception {
    if (tower != null) {
      return;
    }
    rpc = new FaultyRpc(driver.rpc(), outage);
    caughtUp = false;
    HeadlessTower started;
    try {
      started = HeadlessTower.create(config, towerKey, rpc);
    } catch (StartupException e) {
      requireFailedCall(e);
      return;
    }
    tower = started;
    beforeCatchingUp.run();
    try {
      HeadlessTower.runUnlessCrashed(
          rpc.crashed(),
          () -> {
            started.bootstrap();
            awaitFirstLooks();
            return true;
          });
    } catch (StartupException e) {
      requireFailedCall(e);
      stopTower();
      return;
    }
    model.processed();
    discardIfCrashed();
  }

  /** Waits for the first poll of each monitor, which must not see any later action. */
  private void awaitFirstLooks() throws InterruptedException {
    while (!(rpc.hasAnswered("chain-monitor") && rpc.hasAnswered("mempool-monitor"))
        && rpc.failures() == 0) {
      pauseUnlessCrashed();
    }
  }

  /** Fails unless a failed call explains why the tower does not start. */
  private void requireFailedCall(StartupException e) {
    if (rpc.failures() == 0) {
      throw new AssertionError("the tower does not start", e);
    }
  }

  /** Shuts the tower down cleanly. */
  void stopTower() {
    HeadlessTower running = tower;
    if (running != null) {
      tower = null;
      caughtUp = false;
      model.ended();
      running.stop();
    }
  }

  /**
   * Crashes the tower while it polls the chain, or right after.
   *
   * @param calls number of calls to bitcoind before the crash
   * @param effect whether the last call is executed
   * @return whether the poll made so many calls
   */
  boolean crash(int calls, boolean effect) throws Exception {
    if (tower == null) {
      return false;
    }
    model.recordFault();
    rpc.crashAfter(calls, effect);
    poll();
    boolean atCall = rpc.crashed().isDone();
    rpc.crash();
    discardIfCrashed();
    return atCall;
  }

  /** Plans a crash of the tower at a later call, whatever its purpose. */
  void planCrash(int calls, boolean effect) {
    model.recordFault();
    rpc.crashAfter(calls, effect);
  }

  private void discardIfCrashed() throws InterruptedException {
    HeadlessTower running = tower;
    if (running != null && rpc.crashed().isDone()) {
      tower = null;
      caughtUp = false;
      model.ended();
      running.abandon(rpc.callers());
    }
  }

  /** Makes the tower poll chain and mempool, and waits until it has processed them. */
  void poll() throws Exception {
    HeadlessTower running = tower;
    if (running == null) {
      return;
    }
    if (outage.get() != null) {
      int before = rpc.failures();
      running.wake();
      HeadlessTower.awaitCondition(() -> rpc.failures() > before || rpc.crashed().isDone());
      discardIfCrashed();
      return;
    }
    String best = driver.chain().isEmpty() ? running.tip() : driver.chain().getLast().hash();
    HeadlessTower.runUnlessCrashed(
        rpc.crashed(),
        () -> {
          int failures;
          do {
            failures = rpc.failures();
            pollChain(running, best);
            pollMempool(running);
            running.awaitIdle();
          } while (failures != rpc.failures() || !running.api().bitcoindReachable());
          return true;
        });
    discardIfCrashed();
    if (tower != null) {
      caughtUp = true;
      checkNow(running);
    }
  }

  private void pollChain(HeadlessTower running, String best) throws InterruptedException {
    int failures = -1;
    while (!running.tip().equals(best) || !running.api().bitcoindReachable()) {
      if (failures != rpc.failures()) {
        failures = rpc.failures();
        running.wake(); // after a failed call it would wait for a second
      }
      pauseUnlessCrashed();
    }
  }

  /** Makes the tower poll the mempool, although it may not have seen the matching chain. */
  void pollMempoolAlone() throws Exception {
    HeadlessTower running = tower;
    if (running == null || outage.get() != null) {
      return;
    }
    HeadlessTower.runUnlessCrashed(
        rpc.crashed(),
        () -> {
          pollMempool(running);
          running.awaitIdle();
          return true;
        });
    discardIfCrashed();
  }

  /** Polls twice: the second poll begins after the findings of the first have been queued. */
  private void pollMempool(HeadlessTower running) throws InterruptedException {
    for (int i = 0; i < 2; i++) {
      int looks = rpc.mempoolPolls();
      running.wakeForMempool();
      while (rpc.mempoolPolls() == looks) {
        pauseUnlessCrashed();
      }
    }
  }

  private void pauseUnlessCrashed() throws InterruptedException {
    if (rpc.crashed().isDone()) {
      throw new InterruptedException("the tower has crashed");
    }
    Thread.sleep(0, 200_000);
  }

  private void checkNow(HeadlessTower running) {
    for (int gone : model.caughtUp(running.api().height())) {
      if (running.user(users.get(gone).key().publicKey()).isPresent()) {
        throw new AssertionError("user " + gone + " is still known after the data must be purged");
      }
    }
    Set<Txid> chain = chainTransactions();
    Set<Txid> mempool = driver.mempool();
    for (int i = 0; i < CHANNELS; i++) {
      try {
        model.checkAtOnce(i, chain, mempool);
        if (!late) {
          checkReportedStatus(running, i, false);
        }
      } catch (AssertionError e) {
        throw new AssertionError("channel " + i + ": " + e.getMessage(), e);
      }
    }
  }

  // Users

  /** Registers a user or renews the subscription. */
  void register(int number) throws Exception {
    HeadlessTower running = tower;
    if (running == null) {
      return;
    }
    User user = users.get(number);
    InternalApi api = running.api();
    long height = api.height();
    RegistrationResult result =
        api.register(user.key().publicKey(), user.dialect(), RateLimitResult.Granted::new);
    if (result instanceof RegistrationResult.Unavailable && rpc.failures() > 0) {
      return; // it has had no answer from bitcoind since a call failed
    }
    if (!(result instanceof RegistrationResult.Registered registered)) {
      throw new AssertionError("not registered: " + result);
    }
    RegistrationReceipt receipt = registered.receipt();
    model.registered(
        number,
        receipt.subscriptionStart(),
        receipt.subscriptionExpiry(),
        user.dialect() == Dialect.V2,
        lowest(height, api.height()),
        highest(height, api.height()));
  }

  /** Returns the minimum height of the tower between {@code before} and {@code after}. */
  private long lowest(long before, long after) {
    return caughtUp ? Math.min(before, after) : driver.baseHeight();
  }

  private long highest(long before, long after) {
    return caughtUp ? Math.max(before, after) : Math.max(before, model.highest());
  }

  /** Sends the next version of a channel's appointment. */
  void appoint(int number) throws Exception {
    HeadlessTower running = tower;
    int version = versions[number];
    if (running == null || version == ChannelKind.VERSIONS) {
      return;
    }
    User user = users.get(number % users.size());
    Appointment appointment = appointment(number, version);
    String signature = MessageSignature.sign(appointment.signedBytes(), user.key());
    InternalApi api = running.api();
    UserRecord known = api.authenticate(appointment.signedBytes(), signature).orElse(null);
    if (known == null) {
      model.unknownUser(number % users.size());
      return;
    }
    versions[number]++;
    long height = api.height();
    int failures = rpc.failures();
    Optional<AddResult> result =
        HeadlessTower.runUnlessCrashed(
            rpc.crashed(),
            () -> api.addAppointment(appointment, signature, known.id(), user.dialect()));
    if (rpc.failures() > failures) {
      late = true;
      model.late(number);
    }
    if (result.isEmpty()) {
      model.unanswered(number, version);
      discardIfCrashed();
      return;
    }
    switch (result.get()) {
      case AddResult.Accepted accepted -> {
        checkReceipt(accepted, user, signature);
        model.accepted(number, version, lowest(height, api.height()));
      }
      case AddResult.Unavailable(String why) -> throw new AssertionError("not accepted: " + why);
      case AddResult.Rejected rejected -> {
        switch (rejected.reason()) {
          case NOT_REGISTERED -> model.unknownUser(number % users.size());
          case SUBSCRIPTION_EXPIRED -> model.expired(number, highest(height, api.height()));
          case ALREADY_TRIGGERED -> model.alreadyTriggered(number, caughtUp, driver.mempool());
          case NOT_ENOUGH_SLOTS, SUPERSEDED, DISK_FULL ->
              throw new AssertionError("not accepted: " + rejected);
        }
      }
    }
  }

  private void checkReceipt(AddResult.Accepted answer, User user, String signature)
      throws MessageSignature.InvalidSignatureException {
    AppointmentReceipt receipt =
        new AppointmentReceipt(signature, answer.accepted().receipt().startBlock());
    if (!MessageSignature.recover(receipt.signedBytes(user.dialect()), answer.signature())
        .equals(towerKey.publicKey())) {
      throw new AssertionError("the receipt is not signed by the tower");
    }
  }

  private Locator locator(int number) {
    Dialect dialect = users.get(number % users.size()).dialect();
    return dialect.locator(channels.get(number).dispute().txid());
  }

  private Appointment appointment(int number, int version) {
    ChannelTransactions channel = channels.get(number);
    Dialect dialect = users.get(number % users.size()).dialect();
    List<byte[]> penalties = channel.penalties().get(version).stream().map(Tx::raw).toList();
    byte[] plaintext = channel.hasLadder() ? Bundle.encode(penalties) : penalties.getFirst();
    return new Appointment(
        locator(number), Blob.encrypt(plaintext, channel.dispute().txid(), dialect), SELF_DELAY);
  }

  // The chain

  /** Broadcasts the dispute; one without a fee together with the cheater's cheap child. */
  void publishDispute(int number) {
    ChannelTransactions channel = channels.get(number);
    if (channel.kind().isZeroFee()) {
      driver.publishPackage(channel.dispute(), channel.children().getFirst());
    } else {
      driver.publish(channel.dispute());
    }
    chainHasChanged();
  }

  /** Broadcasts a child of a zero-fee dispute that pays more than any penalty. */
  void publishChild(int number) {
    ChannelTransactions channel = channels.get(number);
    if (channel.kind().isZeroFee()) {
      model.obstructed(number);
      driver.publishPackage(channel.dispute(), channel.children().getLast());
      chainHasChanged();
    }
  }

  /** Broadcasts a cooperative close. */
  void publishClose(int number) {
    model.obstructed(number);
    driver.publish(channels.get(number).close());
    chainHasChanged();
  }

  /** Broadcasts a conflicting spend of the dispute's output. */
  void publishRival(int number, int which) {
    if (!channels.get(number).canOutbid(which)) {
      model.obstructed(number);
    }
    driver.publish(channels.get(number).rivals().get(which));
    chainHasChanged();
  }

  /** Mines {@code count} empty blocks. */
  void mineEmpty(int count) {
    for (int i = 0; i < count; i++) {
      driver.mine(List.of());
      chainHasChanged();
    }
  }

  /** Mines the transactions of the mempool that pay what miners want. */
  void mineMempool() {
    driver.mineMempool(wanted);
    chainHasChanged();
  }

  /** Mines a block with chosen transactions, broadcast before or not. */
  void mineChosen(int choice) {
    driver.mine(chosen(choice, driver.chain(), Set.of()));
    chainHasChanged();
  }

  /**
   * Replaces the last blocks by a longer branch.
   *
   * @param depth number of blocks; blocks of the base stay
   * @param choice transactions of the first block of the new branch
   * @param network whether the reorg is caused by the network
   */
  void reorg(int depth, int choice, boolean network) {
    List<Mined> chain = driver.chain();
    int blocks = Math.min(depth, chain.size());
    if (blocks == 0) {
      return;
    }
    model.recordFault();
    List<Mined> kept = chain.subList(0, chain.size() - blocks);
    Set<Txid> lost = transactions(chain.subList(chain.size() - blocks, chain.size()));
    List<Tx> first = chosen(choice, kept, lost);
    if (network) {
      driver.partition(blocks, first);
    } else {
      driver.reorg(blocks, first);
    }
    chainHasChanged();
  }

  /** Makes the last abandoned branch the best chain again. */
  void reorgBack() {
    if (driver.reorgBack()) {
      model.recordFault();
      chainHasChanged();
    }
  }

  /** Restarts the node, which loses its mempool. */
  void restartNode() {
    model.allObstructed();
    minimum = 0; // the mempool is empty
    driver.restart();
    chainHasChanged();
  }

  /** Sets the node's minimum fee rate, satoshi per virtual byte. */
  void setMinimumFee(int feeRate) {
    if (driver.hasFees()) {
      minimum = feeRate;
      model.feesRaised(feeRate);
      driver.setMinimumFee(feeRate);
      chainHasChanged();
    }
  }

  /** Sets the fee rate that miners want from now on, satoshi per virtual byte. */
  void setWantedFee(int feeRate) {
    if (driver.hasFees()) {
      wanted = feeRate;
      model.feesRaised(feeRate);
    }
  }

  /** Sets the fee rate that the node estimates, satoshi per virtual byte; 0 for none. */
  void setEstimate(int feeRate) {
    if (driver.hasFees()) {
      driver.setEstimate(feeRate);
    }
  }

  /** Begins an outage of the node. */
  void beginOutage(NodeFault fault) {
    model.recordFault();
    outage.set(fault);
  }

  /** Ends the outage. */
  void endOutage() {
    outage.set(null);
  }

  /** Plans the failure of one call, after {@code calls} others. */
  void failOnce(int calls, NodeFault fault) {
    model.recordFault();
    rpc.failAfter(calls, fault);
  }

  private void chainHasChanged() {
    caughtUp = false;
    model.chainIs(driver.chain(), driver.mempool());
  }

  /**
   * Returns the transactions of {@code choice}, four bits per channel: dispute, close, penalty,
   * rival. Only the tower creates penalties, so those in the mempool and in {@code lost} can be
   * chosen.
   */
  private List<Tx> chosen(int choice, List<Mined> chain, Set<Txid> lost) {
    Set<Txid> there = transactions(chain);
    Set<Txid> penalties = new HashSet<>(lost);
    penalties.addAll(driver.mempool());
    List<Tx> chosen = new ArrayList<>();
    for (int i = 0; i < CHANNELS; i++) {
      ChannelTransactions channel = channels.get(i);
      int bits = choice >> (4 * i);
      boolean open = !channel.isClosedIn(there) && !channel.isDisputedIn(there);
      if (open && (bits & 1) != 0) {
        add(channel.dispute(), chosen, there);
      } else if (open && (bits & 2) != 0) {
        model.obstructed(i);
        add(channel.close(), chosen, there);
      }
      boolean taken = channel.spenders().anyMatch(spender -> there.contains(spender.txid()));
      if (!channel.isDisputedIn(there) || taken) {
        continue;
      }
      Optional<Tx> penalty =
          channel
              .allPenalties()
              .filter(tx -> penalties.contains(tx.txid()) && !channel.isInvalidIn(tx, there))
              .findFirst();
      if (penalty.isPresent() && (bits & 4) != 0) {
        add(penalty.get(), chosen, there);
      } else if ((bits & 8) != 0) {
        model.obstructed(i);
        add(channel.rivals().getFirst(), chosen, there);
      }
    }
    return chosen;
  }

  private static void add(Tx transaction, List<Tx> chosen, Set<Txid> there) {
    chosen.add(transaction);
    there.add(transaction.txid());
  }

  private static Set<Txid> transactions(List<Mined> chain) {
    Set<Txid> txids = new HashSet<>();
    chain.forEach(mined -> txids.addAll(mined.transactions()));
    return txids;
  }

  private Set<Txid> chainTransactions() {
    return transactions(driver.chain());
  }

  /** Returns the rungs of a channel's fee ladder that are in the mempool, the cheapest being 0. */
  List<Integer> liveRungs(int number) {
    ChannelTransactions channel = channels.get(number);
    Set<Txid> mempool = driver.mempool();
    return IntStream.range(0, channel.kind().rungs().size())
        .filter(
            rung ->
                channel.penalties().stream()
                    .anyMatch(version -> mempool.contains(version.get(rung).txid())))
        .boxed()
        .toList();
  }

  // The end

  /**
   * Ends all faults, and runs the tower until each deadline has passed; then lowers the fees, mines
   * some blocks, and checks the final state.
   */
  void settleAndCheck() throws Exception {
    endOutage();
    rpc.failAfter(Integer.MAX_VALUE, NodeFault.AWAY);
    if (model.hasOpenLadder(chainTransactions())) {
      passDeadlines();
    }
    setMinimumFee(0);
    setWantedFee(0);
    setEstimate(0);
    for (int i = 0; i < LAST_BLOCKS; i++) {
      startTower(); // a planned crash may have ended it
      poll();
      mineMempool();
    }
    startTower();
    poll();
    for (int i = 0; late && !holds() && i < MAX_LATE_POLLS; i++) {
      Thread.sleep(LATE_MILLIS);
      poll();
      if (!driver.mempool().isEmpty() || i == MAX_LATE_POLLS / 2) {
        mineMempool(); // a late response completes with a block that is processed after it
        poll();
      }
    }
    check();
  }

  /** Mines blocks at the current fees until the cheaters may spend their outputs. */
  private void passDeadlines() throws Exception {
    for (int i = 0; i < SELF_DELAY; i++) {
      startTower();
      poll();
      mineMempool();
    }
    startTower();
    poll();
    Set<Txid> chain = chainTransactions();
    for (int i = 0; i < CHANNELS; i++) {
      try {
        model.checkDeadline(i, chain, driver.mempool(), Math.max(minimum, wanted));
      } catch (AssertionError e) {
        throw new AssertionError("channel " + i + ": " + e.getMessage(), e);
      }
    }
  }

  private boolean holds() {
    try {
      check();
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  private void check() {
    HeadlessTower running = tower;
    if (running == null || !caughtUp) {
      throw new AssertionError("the tower is not running at the end");
    }
    Set<Txid> chain = chainTransactions();
    for (int i = 0; i < CHANNELS; i++) {
      try {
        model.checkChain(i, chain);
        checkReportedStatus(running, i, true);
      } catch (AssertionError e) {
        throw new AssertionError("channel " + i + ": " + e.getMessage(), e);
      }
    }
  }

  /** Checks the status that the tower reports for a channel. */
  private void checkReportedStatus(HeadlessTower running, int number, boolean settled) {
    TowerModel.Expected expected =
        model.expected(number, driver.chain(), driver.mempool(), settled);
    AppointmentInfo info =
        running
            .appointment(locator(number), users.get(number % users.size()).key().publicKey())
            .orElse(null);
    boolean right =
        switch (expected) {
          case ANYTHING -> true;
          case UNKNOWN -> info == null;
          case RESPONDED -> info instanceof AppointmentInfo.DisputeResponded;
          case WATCHED ->
              info instanceof AppointmentInfo.BeingWatched watched
                  && model.possible(number).stream()
                      .anyMatch(
                          version -> watched.appointment().equals(appointment(number, version)));
        };
    if (!right) {
      throw new AssertionError("expected " + expected + ", but the tower reports " + info);
    }
    if (expected == TowerModel.Expected.RESPONDED
        && info instanceof AppointmentInfo.DisputeResponded responded) {
      checkLivePenalty(number, responded.tracker());
    }
  }

  /** Checks that the tower reports the penalty that is in the mempool, if there is one. */
  private void checkLivePenalty(int number, Tracker tracker) {
    Set<Txid> mempool = driver.mempool();
    Set<Txid> live =
        channels
            .get(number)
            .allPenalties()
            .map(Tx::txid)
            .filter(mempool::contains)
            .collect(Collectors.toSet());
    Set<Txid> reported =
        tracker.status() instanceof PenaltyStatus.InMempool
            ? Set.of(tracker.penaltyTxid())
            : Set.of();
    if (!live.equals(reported)) {
      throw new AssertionError(live + " is in the mempool, but the tower reports " + tracker);
    }
  }

  /** Returns the outcome of each channel, for statistics about the runs. */
  List<String> outcomes() {
    Set<Txid> chain = chainTransactions();
    return channels.stream()
        .map(
            channel ->
                channel
                    .penaltyIn(chain)
                    .map(version -> "answered with rung " + rung(channel, version, chain))
                    .orElseGet(
                        () ->
                            channel.isRivalIn(chain)
                                ? "the output taken by another"
                                : channel.isDisputedIn(chain)
                                    ? "disputed, and no appointment in time"
                                    : channel.isClosedIn(chain) ? "closed by both" : "open"))
        .toList();
  }

  private static String rung(ChannelTransactions channel, int version, Set<Txid> chain) {
    List<Tx> rungs = channel.penalties().get(version);
    return (rungs.indexOf(channel.penaltiesIn(version, chain).getFirst()) + 1)
        + " of "
        + rungs.size();
  }

  @Override
  public void close() {
    stopTower();
    try {
      new TemporaryFolder(dataDir).close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
