package teos.teosd.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import teos.config.Config;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Blob;
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
import teos.testkit.TestDatabase;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.store.UserRecord;

/**
 * One run: a tower on its own data, a chain, two users with channels, and the model that is told of
 * it all. Its methods are what may happen; where one makes no sense at the moment, nothing does.
 */
final class World implements AutoCloseable {

  /** Channels of a run; those of even number are the first user's. */
  static final int CHANNELS = 4;

  private static final TowerModel.Terms TERMS = new TowerModel.Terms(25, 4, 6);

  /** Registrations of the second user, who outlives a run. */
  private static final int LONG_LIFE = 20;

  /** Blocks in the end: a penalty that bitcoind has forgotten is sent again after six. */
  private static final int LAST_BLOCKS = 10;

  /** Looks at a tower that has put off an answer by a second. */
  private static final int LATE_LOOKS = 40;

  private static final long LATE_MILLIS = 100;

  private final ChainDriver driver;
  private final List<ChannelTransactions> channels;
  private final List<User> users = List.of(User.number(1, Dialect.V1), User.number(2, Dialect.V2));
  private final int[] versions = new int[CHANNELS];
  private final AtomicReference<@Nullable Trouble> outage = new AtomicReference<>();
  private final SecretKey towerKey = keyNumber(3);
  private final Path dataDir;
  private final Config config;
  private final TowerModel model;

  private Line line;
  private @Nullable HeadlessTower tower;

  /** The tower has dealt with the chain as it is. */
  private boolean caughtUp;

  /** A call has failed while a user waited: the tower may answer the dispute later. */
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

  /** Begins a run with a tower that has never run, and the second user registered. */
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

  private World(ChainDriver driver) throws Exception {
    this.driver = driver;
    this.channels = driver.channels();
    this.dataDir = dataDir();
    Map<String, String> settings = new HashMap<>();
    settings.put("btc_network", "regtest");
    settings.put("btc_rpc_user", "nobody");
    settings.put("btc_rpc_password", "nothing");
    settings.put("btc_feed_port", "0");
    settings.put("polling_delta", "65535");
    settings.put("mempool_polling_delta", "65535");
    settings.put("subscription_duration", Integer.toString(TERMS.duration()));
    settings.put("expiry_delta", Integer.toString(TERMS.delta()));
    settings.put("locator_cache_size", Integer.toString(TERMS.cache()));
    settings.putAll(TestDatabase.settings(dataDir));
    this.config = TeosDaemon.getConfig(settings, dataDir);
    Files.createDirectories(config.dataDir());
    this.model =
        new TowerModel(
            TERMS,
            channels,
            Stream.iterate(0, i -> i + 1).limit(CHANNELS).map(i -> i % users.size()).toList(),
            driver.baseHeight());
    this.line = new Line(driver.rpc(), outage);
  }

  /**
   * In memory, where the system has a folder for that: a thousand runs would sync to the disk many
   * thousand times, and no crash in them is one of the power.
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

  /** Starts it, and has it crash at a call while it catches up; see {@link #crash}. */
  void startTowerToCrash(int calls, boolean effect) throws Exception {
    model.trouble();
    startTower(() -> line.crashAfter(calls, effect));
  }

  private void startTower(Runnable beforeCatchingUp) throws Exception {
    if (tower != null) {
      return;
    }
    line = new Line(driver.rpc(), outage);
    caughtUp = false;
    HeadlessTower started;
    try {
      started = HeadlessTower.create(config, towerKey, line);
    } catch (StartupException e) {
      requireFailures(e);
      return;
    }
    tower = started;
    beforeCatchingUp.run();
    try {
      HeadlessTower.runUnlessCrashed(
          line.crashed(),
          () -> {
            started.bootstrap();
            awaitFirstLooks();
            return true;
          });
    } catch (StartupException e) {
      requireFailures(e);
      stopTower();
      return;
    }
    buryIfCrashed();
  }

  /** Those that its monitors begin with by themselves: none of what comes next is in them. */
  private void awaitFirstLooks() throws InterruptedException {
    while (!(line.hasAnswered("chain-monitor") && line.hasAnswered("mempool-monitor"))
        && line.failures() == 0) {
      goOn();
    }
  }

  /** A tower that does not start has to have a reason. */
  private void requireFailures(StartupException e) {
    if (line.failures() == 0) {
      throw new AssertionError("the tower does not start", e);
    }
  }

  /** Stops the tower in order. */
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
   * Has the tower crash while it looks at the chain, or right after.
   *
   * @param calls of bitcoind's that it still makes
   * @param effect whether the last of them is carried out
   */
  void crash(int calls, boolean effect) throws Exception {
    if (tower == null) {
      return;
    }
    model.trouble();
    line.crashAfter(calls, effect);
    look();
    line.crash();
    buryIfCrashed();
  }

  /** Has the tower crash at a call to come, whatever that is for. */
  void planCrash(int calls, boolean effect) {
    model.trouble();
    line.crashAfter(calls, effect);
  }

  private void buryIfCrashed() throws InterruptedException {
    HeadlessTower running = tower;
    if (running != null && line.crashed().isDone()) {
      tower = null;
      caughtUp = false;
      model.ended();
      running.abandon(line.callers());
    }
  }

  /** Has the tower look at chain and mempool, and waits until it has dealt with them. */
  void look() throws Exception {
    HeadlessTower running = tower;
    if (running == null) {
      return;
    }
    if (outage.get() != null) {
      int before = line.failures();
      running.wake();
      HeadlessTower.awaitCondition(() -> line.failures() > before || line.crashed().isDone());
      buryIfCrashed();
      return;
    }
    String best = driver.chain().isEmpty() ? running.tip() : driver.chain().getLast().hash();
    HeadlessTower.runUnlessCrashed(
        line.crashed(),
        () -> {
          int failures;
          do {
            failures = line.failures();
            lookAtChain(running, best);
            lookAtMempool(running);
            running.awaitIdle();
          } while (failures != line.failures() || !running.api().bitcoindReachable());
          return true;
        });
    buryIfCrashed();
    if (tower != null) {
      caughtUp = true;
      checkNow(running);
    }
  }

  private void lookAtChain(HeadlessTower running, String best) throws InterruptedException {
    int failures = -1;
    while (!running.tip().equals(best) || !running.api().bitcoindReachable()) {
      if (failures != line.failures()) {
        failures = line.failures();
        running.wake(); // one that has met with no answer would wait for a second
      }
      goOn();
    }
  }

  /** Has the tower look at the mempool while it may not have seen the chain that belongs to it. */
  void lookAtMempoolAlone() throws Exception {
    HeadlessTower running = tower;
    if (running == null || outage.get() != null) {
      return;
    }
    HeadlessTower.runUnlessCrashed(
        line.crashed(),
        () -> {
          lookAtMempool(running);
          running.awaitIdle();
          return true;
        });
    buryIfCrashed();
  }

  /** The second look begins when what the first has found is on its way. */
  private void lookAtMempool(HeadlessTower running) throws InterruptedException {
    for (int i = 0; i < 2; i++) {
      int looks = line.mempoolLooks();
      running.wakeForMempool();
      while (line.mempoolLooks() == looks) {
        goOn();
      }
    }
  }

  private void goOn() throws InterruptedException {
    if (line.crashed().isDone()) {
      throw new InterruptedException("the tower has crashed");
    }
    Thread.sleep(0, 200_000);
  }

  private void checkNow(HeadlessTower running) {
    for (int gone : model.caughtUp(running.api().height())) {
      if (running.user(users.get(gone).key().publicKey()).isPresent()) {
        throw new AssertionError("user " + gone + " is known after the data was to go");
      }
    }
    Set<Txid> chain = chainTransactions();
    Set<Txid> mempool = driver.mempool();
    for (int i = 0; i < CHANNELS; i++) {
      try {
        model.checkAtOnce(i, chain, mempool);
        if (!late) {
          checkTold(running, i, false);
        }
      } catch (AssertionError e) {
        throw new AssertionError("channel " + i + ": " + e.getMessage(), e);
      }
    }
  }

  // Users

  /** A user registers, or renews. */
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
    if (result instanceof RegistrationResult.Unavailable && line.failures() > 0) {
      return; // it has not heard of bitcoind since a call failed
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

  /** Where the tower was at the least, and at the most, from {@code before} to {@code after}. */
  private long lowest(long before, long after) {
    return caughtUp ? Math.min(before, after) : driver.baseHeight();
  }

  private long highest(long before, long after) {
    return caughtUp ? Math.max(before, after) : Math.max(before, model.highest());
  }

  /** The user of a channel sends the next version of its appointment. */
  void appoint(int number) throws Exception {
    HeadlessTower running = tower;
    int version = versions[number];
    if (running == null || version == ChannelTransactions.PENALTIES.size()) {
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
    int failures = line.failures();
    Optional<AddResult> result =
        HeadlessTower.runUnlessCrashed(
            line.crashed(),
            () -> api.addAppointment(appointment, signature, known.id(), user.dialect()));
    if (line.failures() > failures) {
      late = true;
      model.late(number);
    }
    if (result.isEmpty()) {
      model.unanswered(number, version);
      buryIfCrashed();
      return;
    }
    switch (result.get()) {
      case AddResult.Accepted accepted -> {
        checkReceipt(accepted, user, signature);
        model.accepted(number, version, lowest(height, api.height()));
      }
      case AddResult.Unavailable(String why) -> throw new AssertionError("not taken: " + why);
      case AddResult.Rejected rejected -> {
        switch (rejected.reason()) {
          case NOT_REGISTERED -> model.unknownUser(number % users.size());
          case SUBSCRIPTION_EXPIRED -> model.expired(number, highest(height, api.height()));
          case ALREADY_TRIGGERED -> model.alreadyTriggered(number, caughtUp, driver.mempool());
          case NOT_ENOUGH_SLOTS, SUPERSEDED, DISK_FULL ->
              throw new AssertionError("not taken: " + rejected);
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
    byte[] penalty = channel.penalties().get(version).raw();
    return new Appointment(
        locator(number), Blob.encrypt(penalty, channel.dispute().txid(), dialect), 144);
  }

  // The chain

  /** The cheater sends the dispute. */
  void publishDispute(int number) {
    driver.publish(channels.get(number).dispute());
    chainHasChanged();
  }

  /** Both sides send a close that they have agreed to. */
  void publishClose(int number) {
    model.hindered(number);
    driver.publish(channels.get(number).close());
    chainHasChanged();
  }

  /** Somebody else sends what takes the dispute's output. */
  void publishRival(int number, int which) {
    model.hindered(number);
    driver.publish(channels.get(number).rivals().get(which));
    chainHasChanged();
  }

  /** Mines {@code count} blocks with nothing in them. */
  void mineEmpty(int count) {
    for (int i = 0; i < count; i++) {
      driver.mine(List.of());
      chainHasChanged();
    }
  }

  /** Mines the whole mempool. */
  void mineMempool() {
    driver.mineMempool();
    chainHasChanged();
  }

  /** Mines a block with some transactions that were published or not. */
  void mineChosen(int choice) {
    driver.mine(chosen(choice, driver.chain(), Set.of()));
    chainHasChanged();
  }

  /**
   * Some last blocks leave the chain for others.
   *
   * @param depth blocks; what is not over the base stays
   * @param choice what is in the first block in their place
   * @param network whether it comes by way of the network
   */
  void reorg(int depth, int choice, boolean network) {
    List<Mined> chain = driver.chain();
    int blocks = Math.min(depth, chain.size());
    if (blocks == 0) {
      return;
    }
    model.trouble();
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

  /** The branch that was given up last is the best one again. */
  void reorgBack() {
    if (driver.reorgBack()) {
      model.trouble();
      chainHasChanged();
    }
  }

  /** The node stops and starts again, and has lost its mempool. */
  void restartNode() {
    model.allHindered();
    driver.restart();
    chainHasChanged();
  }

  /** The node takes nothing that pays less, satoshi per virtual byte. */
  void setMinimumFee(int feeRate) {
    if (driver.setMinimumFee(feeRate)) {
      model.feesRaised();
    }
  }

  /** The node gives no answers from now on. */
  void beginOutage(Trouble trouble) {
    model.trouble();
    outage.set(trouble);
  }

  /** It does again. */
  void endOutage() {
    outage.set(null);
  }

  /** One call gets no answer, after some others. */
  void failOnce(int calls, Trouble trouble) {
    model.trouble();
    line.failAfter(calls, trouble);
  }

  private void chainHasChanged() {
    caughtUp = false;
    model.chainIs(driver.chain(), driver.mempool());
  }

  /**
   * What a miner takes of {@code choice}, four bits a channel: dispute, close, penalty, rival.
   * Penalties only the tower makes: those in the mempool can be chosen, and those in {@code lost}.
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
        model.hindered(i);
        add(channel.close(), chosen, there);
      }
      boolean taken = channel.spenders().anyMatch(spender -> there.contains(spender.txid()));
      if (!channel.isDisputedIn(there) || taken) {
        continue;
      }
      Optional<Tx> penalty =
          channel.penalties().stream().filter(tx -> penalties.contains(tx.txid())).findFirst();
      if (penalty.isPresent() && (bits & 4) != 0) {
        add(penalty.get(), chosen, there);
      } else if ((bits & 8) != 0) {
        model.hindered(i);
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

  // The end

  /** Lets everything come to rest: the node well, the tower up, some blocks; and then looks. */
  void settleAndCheck() throws Exception {
    endOutage();
    setMinimumFee(0);
    line.failAfter(Integer.MAX_VALUE, Trouble.AWAY);
    for (int i = 0; i < LAST_BLOCKS; i++) {
      startTower(); // a crash that was still to come may have ended it
      look();
      mineMempool();
    }
    startTower();
    look();
    for (int i = 0; late && !holds() && i < LATE_LOOKS; i++) {
      Thread.sleep(LATE_MILLIS);
      look();
      if (!driver.mempool().isEmpty() || i == LATE_LOOKS / 2) {
        mineMempool(); // what has come late is over with a block that is seen after it
        look();
      }
    }
    check();
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
      throw new AssertionError("the tower does not run in the end");
    }
    Set<Txid> chain = chainTransactions();
    for (int i = 0; i < CHANNELS; i++) {
      try {
        model.checkChain(i, chain);
        checkTold(running, i, true);
      } catch (AssertionError e) {
        throw new AssertionError("channel " + i + ": " + e.getMessage(), e);
      }
    }
  }

  /** What the tower has to tell of a channel, having seen the chain. */
  private void checkTold(HeadlessTower running, int number, boolean settled) {
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
      throw new AssertionError("expected " + expected + ", and the tower says " + info);
    }
  }

  /** What has become of each channel, for whoever asks what the runs were like. */
  List<String> outcomes() {
    Set<Txid> chain = chainTransactions();
    return channels.stream()
        .map(
            channel ->
                channel.penaltyIn(chain).isPresent()
                    ? "answered"
                    : channel.isRivalIn(chain)
                        ? "the output taken by another"
                        : channel.isDisputedIn(chain)
                            ? "disputed, and no appointment in time"
                            : channel.isClosedIn(chain) ? "closed by both" : "open")
        .toList();
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(dataDir)) {
      stopTower();
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
