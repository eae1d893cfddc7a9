package teos.migration;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.common.KeyFile;
import teos.protocol.SecretKey;
import teos.tower.database.Database;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.CapacityDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.NewTracker;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/**
 * Takes over another tower: its key, users, appointments, trackers and last block. All of it is
 * read once before anything is written, so that what is not understood is known by then.
 *
 * <p>What is written is written in transactions of some records each, and is the same however often
 * it is written: an import that was cut off at any moment is done again, and finds what it had
 * stored.
 */
public final class TowerImport {

  private static final int RECORDS_AT_ONCE = 500;

  /** Blobs are up to 400 kB, and the heap is small. */
  private static final int BYTES_AT_ONCE = 4_000_000;

  private static final int PROBLEMS_SHOWN = 20;
  private static final int READ_AT_ONCE = 100_000;
  private static final Duration TOLD_EVERY = Duration.ofSeconds(1);

  private final UsersDBM users = new UsersDBM();
  private final TrackersDBM trackers = new TrackersDBM();

  private final SourceTower source;
  private final String name;
  private final BlockProcessor blocks;
  private final ChainLookup chain;
  private final boolean force;
  private final Consumer<String> progress;
  private final CancellationToken interruption;

  /**
   * @param name of the other tower, for messages and to know it again
   * @param rpc bitcoind, on the network of the other tower
   * @param force not to insist on blocks that bitcoind has pruned
   * @param progress told now and then how far it is
   */
  public TowerImport(
      SourceTower source,
      String name,
      BitcoindRpc rpc,
      boolean force,
      Consumer<String> progress,
      CancellationToken interruption) {
    this.source = source;
    this.name = name;
    this.blocks = new BlockProcessor(rpc);
    this.chain = new ChainLookup(rpc, blocks);
    this.force = force;
    this.progress = progress;
    this.interruption = interruption;
  }

  /** How much there is, and the lowest height of an appointment. */
  private static final class Stock {
    long users;
    long appointments;
    long lowestStart = Long.MAX_VALUE;
    final List<SourceRecord.Answered> answered = new ArrayList<>();
    final List<SourceRecord.NotUnderstood> problems = new ArrayList<>();
    long problemCount;

    long records() {
      return users + appointments + answered.size();
    }
  }

  /** Opens the database that it goes to. */
  @FunctionalInterface
  public interface Target {
    Database open() throws MigrationException;
  }

  /**
   * Takes all of it over; the last step clears {@code mark}.
   *
   * @param keyFile where the key is to be
   * @return what there is now, for people
   * @throws MigrationException if there is something that is not understood, or another tower in
   *     the target; nothing has been written then. Also if it is interrupted
   * @throws IOException if the key or the mark cannot be read or written
   */
  public String run(MigrationMarker mark, KeyFile keyFile, Target target)
      throws MigrationException, BitcoindException, IOException {
    SecretKey key = source.key();
    boolean resumed = requireSameOrNone(mark, keyFile, key);
    Stock stock = readAll();
    BlockId last = lastBlock(stock);
    List<NewTracker> found = findTrackers(stock, last);
    try (Database database = target.open()) {
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      if (!resumed) {
        requireEmpty(database, appointments);
      }
      mark.set(identity(key));
      if (!keyFile.exists()) {
        keyFile.store(key);
      }
      Writing writing = new Writing(database, appointments, stock.records(), last, resumed);
      source.read(writing::take);
      writing.flush();
      storeTrackers(database, found, stock);
      database.execute(
          handle -> {
            new KnownBlocksDBM().store(handle, List.of(last));
          });
      mark.clear();
    }
    return "imported: users=%,d appointments=%,d trackers=%,d last block=%s tower id=%s"
        .formatted(stock.users, stock.appointments, found.size(), last, key.publicKey());
  }

  private String identity(SecretKey key) {
    return "import of " + name + ", tower id " + key.publicKey();
  }

  private boolean requireSameOrNone(MigrationMarker mark, KeyFile keyFile, SecretKey key)
      throws IOException, MigrationException {
    Optional<String> begun = mark.what();
    if (begun.isPresent() && !begun.get().equals(identity(key))) {
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder is in the middle of another move ("
              + begun.get()
              + "), and this is an "
              + identity(key)
              + ". Finish that one, or empty the folder");
    }
    if (keyFile.exists() && !keyFile.load().publicKey().equals(key.publicKey())) {
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder has the key of another tower (id "
              + keyFile.load().publicKey()
              + "), and that of "
              + name
              + " has the id "
              + key.publicKey()
              + ". Choose an empty folder (--datadir)");
    }
    return begun.isPresent();
  }

  private void requireEmpty(Database database, AppointmentsDBM appointments)
      throws MigrationException {
    record Held(long users, long appointments, long trackers) {}
    Held held =
        database.read(
            handle ->
                new Held(
                    users.count(handle),
                    appointments.countAppointments(),
                    trackers.hasAny(handle) ? Math.max(1, trackers.count(handle)) : 0));
    if (!held.equals(new Held(0, 0, 0))) {
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder holds a tower already: "
              + held.users
              + " users, "
              + held.appointments
              + " appointments, "
              + held.trackers
              + " trackers. Choose an empty folder (--datadir)");
    }
  }

  // Reading

  private Stock readAll() throws MigrationException, BitcoindException {
    Stock stock = new Stock();
    source.read(
        read -> {
          switch (read) {
            case SourceRecord.User user -> stock.users++;
            case SourceRecord.Kept kept -> {
              stock.appointments++;
              stock.lowestStart = Math.min(stock.lowestStart, kept.stored().startBlock());
            }
            case SourceRecord.Answered answered -> stock.answered.add(answered);
            case SourceRecord.NotUnderstood problem -> {
              stock.problemCount++;
              if (stock.problems.size() < PROBLEMS_SHOWN) {
                stock.problems.add(problem);
              }
            }
          }
          if (stock.records() % READ_AT_ONCE == 0) {
            interruption.check();
            progress.accept("read: %,d records".formatted(stock.records()));
          }
        });
    progress.accept(
        "read: users=%,d appointments=%,d trackers=%,d"
            .formatted(stock.users, stock.appointments, stock.answered.size()));
    if (stock.problemCount > 0) {
      StringBuilder message = new StringBuilder();
      message.append(
          "%,d records of %s are not understood; nothing has been imported:"
              .formatted(stock.problemCount, name));
      for (SourceRecord.NotUnderstood problem : stock.problems) {
        message.append("\n  ").append(problem.key()).append(": ").append(problem.why());
      }
      if (stock.problemCount > stock.problems.size()) {
        message.append("\n  …");
      }
      throw new MigrationException(MigrationException.Kind.SOURCE, message.toString());
    }
    return stock;
  }

  /**
   * The block to go on from: the last one of bitcoind's best chain that all parts of the other
   * tower have dealt with. Blocks of its that have left the chain are forgotten with what they had
   * brought, by a tower's start.
   */
  private BlockId lastBlock(Stock stock) throws MigrationException, BitcoindException {
    Optional<BlockId> last = Optional.empty();
    for (String hash : source.lastBlocks()) {
      BlockId block = inBestChain(hash);
      if (last.isEmpty() || block.height() < last.get().height()) {
        last = Optional.of(block);
      }
    }
    if (last.isPresent()) {
      return last.get();
    }
    // A tower that has seen no block since its start: it has watched from its first appointment on.
    BlockId tip = blocks.bestBlock();
    return stock.lowestStart >= tip.height()
        ? tip
        : blocks.blocks((int) stock.lowestStart, (int) stock.lowestStart).getFirst();
  }

  private BlockId inBestChain(String hash) throws MigrationException, BitcoindException {
    BlockId block =
        blocks
            .block(hash)
            .orElseThrow(
                () ->
                    new MigrationException(
                        MigrationException.Kind.CHAIN,
                        "bitcoind at "
                            + blocks.endpoint()
                            + " does not know the last block that "
                            + name
                            + " has seen, "
                            + hash
                            + ". Is it on that tower's network, and synced?"));
    while (!blocks.isInBestChain(block)) {
      block = blocks.parent(block);
    }
    return block;
  }

  private List<NewTracker> findTrackers(Stock stock, BlockId last)
      throws MigrationException, BitcoindException {
    if (stock.answered.isEmpty()) {
      return List.of();
    }
    progress.accept("asking bitcoind for the disputes and penalties of the trackers");
    int earliest = (int) Math.min(stock.lowestStart, last.height());
    List<NewTracker> found =
        new TrackerFinder(chain, blocks, last.height(), earliest, force)
            .find(stock.answered, progress, interruption);
    Set<AppointmentKey> keys =
        found.stream().map(each -> each.tracker().key()).collect(Collectors.toSet());
    for (SourceRecord.Answered answered : stock.answered) {
      if (keys.contains(new AppointmentKey(answered.locator(), answered.user()))) {
        continue;
      }
      if (answered.startBlock().isEmpty()) {
        throw new MigrationException(
            MigrationException.Kind.SOURCE,
            answered.key()
                + ": its dispute "
                + answered.disputeTxid()
                + " is in no block and not"
                + " in the mempool, and its appointment, by which it could be watched for, is gone."
                + " Its penalty is "
                + answered.penaltyTxid());
      }
      progress.accept(
          answered.key()
              + ": the dispute "
              + answered.disputeTxid()
              + " is in no block and not in the mempool; its appointment is watched again");
    }
    return found;
  }

  // Writing

  /** Collects records, and writes many of them in one transaction. */
  private final class Writing {
    private final Database database;
    private final AppointmentsDBM appointments;
    private final long all;
    private final BlockId last;
    private final boolean resumed;
    private final List<Consumer<Handle>> batch = new ArrayList<>();
    private int batchBytes;
    private long done;
    private long told = System.nanoTime();

    Writing(
        Database database, AppointmentsDBM appointments, long all, BlockId last, boolean resumed) {
      this.database = database;
      this.appointments = appointments;
      this.all = all;
      this.last = last;
      this.resumed = resumed;
    }

    void take(SourceRecord read) throws MigrationException {
      switch (read) {
        case SourceRecord.User user -> {
          UserRecord record = record(user);
          batch.add(handle -> users.store(handle, record));
        }
        case SourceRecord.Kept kept -> {
          batchBytes += kept.stored().appointment().encryptedBlob().length;
          batch.add(handle -> store(handle, kept.stored()));
        }
        case SourceRecord.Answered answered -> {} // see findTrackers
        case SourceRecord.NotUnderstood problem ->
            throw new IllegalStateException("the copy has changed: " + problem);
      }
      if (batch.size() >= RECORDS_AT_ONCE || batchBytes >= BYTES_AT_ONCE) {
        flush();
      }
    }

    /**
     * Where python-teos does not keep the start of a subscription, its last block stands for it:
     * that is the lowest height at which there was one for sure.
     */
    private UserRecord record(SourceRecord.User user) {
      return new UserRecord(
          user.id(),
          user.dialect(),
          user.availableSlots(),
          user.subscriptionStart().orElse(Math.min(last.height(), user.subscriptionExpiry())),
          user.subscriptionExpiry());
    }

    private void store(Handle handle, StoredAppointment stored) {
      boolean there =
          resumed
              && appointments
                  .loadAppointment(handle, stored.appointment().locator(), stored.user())
                  .filter(stored::equals)
                  .isPresent();
      if (!there) {
        appointments.storeAppointment(handle, stored);
      }
    }

    void flush() throws MigrationException {
      interruption.check();
      database.execute(
          handle -> {
            batch.forEach(each -> each.accept(handle));
          });
      done += batch.size();
      if (System.nanoTime() - told > TOLD_EVERY.toNanos()) {
        told = System.nanoTime();
        progress.accept("imported: %,d of %,d records".formatted(done, all));
      }
      batch.clear();
      batchBytes = 0;
    }
  }

  private void storeTrackers(Database database, List<NewTracker> found, Stock stock)
      throws MigrationException {
    for (int from = 0; from < found.size(); from += RECORDS_AT_ONCE) {
      interruption.check();
      List<NewTracker> some = found.subList(from, Math.min(found.size(), from + RECORDS_AT_ONCE));
      database.execute(
          handle -> {
            for (NewTracker each : some) {
              trackers.delete(handle, each.tracker()); // of an import that was cut off
            }
            trackers.store(handle, some);
          });
    }
    database.execute(
        handle -> {
          new CapacityDBM().recount(handle);
        });
    progress.accept("imported: %,d of %,d records".formatted(stock.records(), stock.records()));
  }
}
