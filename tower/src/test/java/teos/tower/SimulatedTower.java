package teos.tower;

import fr.acinq.bitcoin.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.bitcoin.NodeStatus;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.simulation.ChannelKind;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;
import teos.testkit.simulation.SimulatedBlock;
import teos.testkit.simulation.SimulatedChannels;
import teos.testkit.simulation.SimulatedNode;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.appointments.AppointmentService;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.responder.Carrier;
import teos.tower.responder.Responder;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerKey;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;
import teos.tower.watcher.Watcher;

/**
 * Watcher and responder with a real store over a simulated chain. Passes blocks and mempool changes
 * to them in the daemon's order, in the thread of the test.
 */
public final class SimulatedTower implements AutoCloseable {

  /** Slots of the user's subscription. */
  public static final long SLOTS = 100;

  /** Blocks in the locator cache. */
  public static final int CACHE_SIZE = 6;

  private static final int CHANNELS = 3;
  private static final int TO_SELF_DELAY = 144;

  private final SimulatedNode node = new SimulatedNode();
  private final List<ChannelTransactions> channels =
      SimulatedChannels.open(node, Collections.nCopies(CHANNELS, ChannelKind.SINGLE));
  private final PublicKey user = SecretKey.generate(new SecureRandom()).publicKey();
  private final List<TrackerEvent.Kind> events = new CopyOnWriteArrayList<>();
  private final TrackersDBM trackers = new TrackersDBM();
  private final Database database;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final BlockProcessor blocks;
  private final Responder responder;
  private final Watcher watcher;
  private final AppointmentService service;
  private SimulatedBlock tip;

  public SimulatedTower(Path file) throws IOException, InterruptedException {
    SimulatedRpc rpc = new SimulatedRpc(node);
    tip = node.withChain(chain -> chain.tip());
    database = TestStore.open(file);
    appointments = new AppointmentsDBM(database);
    appointments.loadLocators();
    database.execute(handle -> new KnownBlocksDBM().store(handle, List.of(id(tip))));
    gatekeeper =
        new Gatekeeper(
            database,
            new UsersDBM(),
            appointments,
            trackers,
            new Capacity(database, 1_000_000),
            new SubscriptionTerms(SLOTS, 1_000, 6),
            tip.height());
    blocks = new BlockProcessor(rpc);
    responder =
        new Responder(
            database,
            appointments,
            trackers,
            gatekeeper,
            new Carrier(rpc, new NodeStatus()),
            blocks,
            InstantSource.system());
    responder.onEvent(events::add);
    watcher = new Watcher(database, appointments, gatekeeper, responder, blocks, CACHE_SIZE);
    service =
        AppointmentService.watching(
            database, appointments, trackers, gatekeeper, watcher::checkRecent);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    responder.start();
  }

  private static BlockId id(SimulatedBlock block) {
    return new BlockId(block.hash(), block.height());
  }

  public ChannelTransactions channel(int number) {
    return channels.get(number);
  }

  public Responder responder() {
    return responder;
  }

  /** Returns the height of the last block that the tower has processed. */
  public int height() {
    return tip.height();
  }

  /** Slots that the user has left. */
  public long slots() {
    return gatekeeper.user(user).orElseThrow().availableSlots();
  }

  /** Events of trackers, in order. */
  public List<TrackerEvent.Kind> events() {
    return List.copyOf(events);
  }

  /** Adds the user's appointment for a channel's dispute, with its first penalty. */
  public StoredAppointment add(ChannelTransactions channel) throws AppointmentRejectedException {
    return add(channel.dispute().txid(), channel.penalties().getFirst().getFirst().raw());
  }

  /** Adds an appointment of the user. */
  public StoredAppointment add(Txid dispute, byte[] penalty) throws AppointmentRejectedException {
    Appointment appointment =
        new Appointment(
            Dialect.V2.locator(dispute), Blob.encrypt(penalty, dispute, Dialect.V2), TO_SELF_DELAY);
    service.addAppointment(appointment, "signature", user);
    return stored(dispute).orElseThrow();
  }

  /** Returns the stored appointment for a dispute. */
  public Optional<StoredAppointment> stored(Txid dispute) {
    return database.read(
        handle -> appointments.loadAppointment(handle, Dialect.V2.locator(dispute), user));
  }

  /** Returns the tracker of a channel's dispute, after due penalties have been sent. */
  public Optional<Tracker> tracker(ChannelTransactions channel) throws InterruptedException {
    responder.awaitIdle();
    return database.read(
        handle ->
            trackers.load(
                handle, new TrackerKey(Dialect.V2.locator(channel.dispute().txid()), user, 0)));
  }

  /** Sends a transaction to the node's mempool. */
  public void publish(Tx transaction) {
    node.call("sendrawtransaction", HexFormat.of().formatHex(transaction.raw()));
  }

  /** Returns the txids in the node's mempool. */
  public Set<Txid> mempool() {
    return mempoolTransactions().stream().map(MempoolTransaction::txid).collect(Collectors.toSet());
  }

  private List<MempoolTransaction> mempoolTransactions() {
    return node.withChain(
        chain ->
            chain.mempool().entries().stream()
                .map(
                    entry ->
                        new MempoolTransaction(
                            Txid.ofInternal(entry.transaction().hash.value.toByteArray()),
                            Transaction.write(entry.transaction())))
                .toList());
  }

  /** Passes the node's mempool to the tower, as a snapshot without the transactions' bytes. */
  public void snapshotMempool() {
    List<MempoolTransaction> all =
        mempoolTransactions().stream()
            .map(each -> new MempoolTransaction(each.txid(), null))
            .toList();
    watcher.mempoolSeen(all, true);
    responder.mempoolSeen(all, true);
  }

  /** Passes one transaction to the tower, as a notification with its bytes. */
  public void notifyOf(Tx transaction) {
    List<MempoolTransaction> delta =
        List.of(new MempoolTransaction(transaction.txid(), transaction.raw()));
    watcher.mempoolSeen(delta, false);
    responder.mempoolSeen(delta, false);
  }

  /** Removes all transactions from the node's mempool. */
  public void clearMempool() {
    node.withChain(
        chain -> {
          chain.mempool().clear();
          return chain;
        });
  }

  /** Restarts the node, which loses its mempool, and notifies the tower. */
  public void restartNode() {
    node.restart();
    clearMempool();
    responder.resendUnconfirmed();
  }

  /** Mines a block with exactly these transactions, and passes it to the tower. */
  public void mine(Tx... transactions) throws BitcoindException, InterruptedException {
    List<Transaction> all = Stream.of(transactions).map(tx -> Transaction.read(tx.raw())).toList();
    node.withChain(chain -> chain.mine(chain.tip(), all));
    follow();
  }

  /** Mines empty blocks, and passes them to the tower. */
  public void mineEmpty(int count) throws BitcoindException, InterruptedException {
    for (int i = 0; i < count; i++) {
      mine();
    }
  }

  /** Replaces the last blocks by empty ones, one more, and passes the reorg to the tower. */
  public void reorg(int depth) throws BitcoindException, InterruptedException {
    node.withChain(
        chain -> {
          SimulatedBlock block = chain.best().get(chain.tip().height() - depth);
          for (int i = 0; i <= depth; i++) {
            block = chain.mine(block, List.of());
          }
          return block;
        });
    follow();
  }

  private void follow() throws BitcoindException, InterruptedException {
    List<SimulatedBlock> best = node.withChain(chain -> new ArrayList<>(chain.best()));
    while (tip.height() >= best.size() || !best.get(tip.height()).equals(tip)) {
      SimulatedBlock parent = Objects.requireNonNull(tip.parent());
      watcher.blockDisconnected(id(tip));
      gatekeeper.blockDisconnected(tip.height());
      responder.blockDisconnected(id(tip), id(parent));
      tip = parent;
    }
    for (SimulatedBlock block : best.subList(tip.height() + 1, best.size())) {
      ConnectedBlock connected = blocks.fetch(id(block));
      boolean catchingUp = block.height() < best.size() - 1;
      gatekeeper.blockConnected(block.height());
      watcher.blockConnected(connected, catchingUp);
      responder.blockConnected(connected, catchingUp);
      tip = block;
    }
    responder.awaitIdle();
  }

  @Override
  public void close() {
    watcher.close();
    try {
      responder.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      database.close();
    }
  }
}
