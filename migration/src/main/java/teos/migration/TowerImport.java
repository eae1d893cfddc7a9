package teos.migration;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.common.KeyFile;
import teos.protocol.SecretKey;
import teos.tower.database.Database;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.NewTracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

/**
 * Imports another tower: its key, users, appointments, trackers and last block. Reads all records
 * once before it writes any, so that a record that is not recognized is reported while nothing has
 * been written.
 *
 * <p>An import that was interrupted at any moment can be repeated, and then continues.
 */
public final class TowerImport {

  private final SourceTower source;
  private final String name;
  private final BlockProcessor blocks;
  private final ChainLookup chain;
  private final boolean force;
  private final Consumer<String> progress;
  private final CancellationToken cancellation;

  /**
   * @param name of the other tower, for messages and to recognize a repeated import
   * @param rpc bitcoind, on the network of the other tower
   * @param force whether to skip blocks that bitcoind has pruned
   * @param progress receives progress messages
   */
  public TowerImport(
      SourceTower source,
      String name,
      BitcoindRpc rpc,
      boolean force,
      Consumer<String> progress,
      CancellationToken cancellation) {
    this.source = source;
    this.name = name;
    this.blocks = new BlockProcessor(rpc);
    this.chain = new ChainLookup(rpc, blocks);
    this.force = force;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /** Opens the database to import into. */
  @FunctionalInterface
  public interface Target {
    Database open() throws MigrationException;
  }

  /**
   * Imports the tower; the last step clears {@code marker}.
   *
   * @param keyFile where to store the tower's key
   * @return a summary of the import for the operator
   * @throws MigrationException if a record is not recognized, or if the target contains another
   *     tower; nothing has been written in both cases. Also if the import is cancelled
   * @throws IOException if the key or the marker cannot be read or written
   */
  public String run(MigrationMarker marker, KeyFile keyFile, Target target)
      throws MigrationException, BitcoindException, IOException {
    SecretKey key = source.key();
    boolean resumed = isRepeated(marker, keyFile, key);
    SourceInventory inventory = SourceInventory.read(source, name, progress, cancellation);
    BlockId last = lastBlock(inventory);
    List<NewTracker> found = findTrackers(inventory, last);
    try (Database database = target.open()) {
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      if (!resumed) {
        requireEmpty(database, appointments);
      }
      marker.set(identity(key));
      if (!keyFile.exists()) {
        keyFile.store(key);
      }
      RecordWriter writer =
          new RecordWriter(
              database, appointments, inventory.records(), last, resumed, progress, cancellation);
      source.read(writer::write);
      writer.flush();
      writer.writeTrackers(found);
      database.execute(
          handle -> {
            new KnownBlocksDBM().store(handle, List.of(last));
          });
      marker.clear();
    }
    return "imported: users=%,d appointments=%,d trackers=%,d last block=%s tower id=%s"
        .formatted(
            inventory.users(), inventory.appointments(), found.size(), last, key.publicKey());
  }

  private String identity(SecretKey key) {
    return "import of " + name + ", tower id " + key.publicKey();
  }

  /** Returns whether this import repeats an interrupted one; refuses a folder of another tower. */
  private boolean isRepeated(MigrationMarker marker, KeyFile keyFile, SecretKey key)
      throws IOException, MigrationException {
    Optional<String> unfinished = marker.operation();
    if (unfinished.isPresent() && !unfinished.get().equals(identity(key))) {
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder contains another unfinished migration ("
              + unfinished.get()
              + "); this is an "
              + identity(key)
              + ". Finish that migration, or empty the folder");
    }
    if (keyFile.exists() && !keyFile.load().publicKey().equals(key.publicKey())) {
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder contains the key of another tower (id "
              + keyFile.load().publicKey()
              + "), but the key of "
              + name
              + " has the id "
              + key.publicKey()
              + ". Choose an empty folder (--datadir)");
    }
    return unfinished.isPresent();
  }

  private static void requireEmpty(Database database, AppointmentsDBM appointments)
      throws MigrationException {
    record Counts(long users, long appointments, long trackers) {}
    UsersDBM users = new UsersDBM();
    TrackersDBM trackers = new TrackersDBM();
    Counts counts =
        database.read(
            handle ->
                new Counts(
                    users.count(handle),
                    appointments.countAppointments(),
                    trackers.hasAny(handle) ? Math.max(1, trackers.count(handle)) : 0));
    if (!counts.equals(new Counts(0, 0, 0))) {
      throw new MigrationException(
          MigrationException.Kind.TARGET,
          "the data folder already contains a tower: "
              + counts.users
              + " users, "
              + counts.appointments
              + " appointments, "
              + counts.trackers
              + " trackers. Choose an empty folder (--datadir)");
    }
  }

  /**
   * Returns the block from which this tower continues: the last block of bitcoind's best chain that
   * all components of the other tower have processed. The effects of blocks that the other tower
   * has processed and that have left the best chain are undone when this tower starts.
   */
  private BlockId lastBlock(SourceInventory inventory)
      throws MigrationException, BitcoindException {
    Optional<BlockId> last = Optional.empty();
    for (String hash : source.lastBlocks()) {
      BlockId block = forkPoint(hash);
      if (last.isEmpty() || block.height() < last.get().height()) {
        last = Optional.of(block);
      }
    }
    if (last.isPresent()) {
      return last.get();
    }
    // The tower has seen no block since its start, so it has watched from its first appointment on.
    BlockId tip = blocks.bestBlock();
    return inventory.lowestStartBlock() >= tip.height()
        ? tip
        : blocks
            .blocks((int) inventory.lowestStartBlock(), (int) inventory.lowestStartBlock())
            .getFirst();
  }

  /** Returns the block with this hash, or its first ancestor in the best chain. */
  private BlockId forkPoint(String hash) throws MigrationException, BitcoindException {
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
                            + ". Check that it is synced and on the network of that tower"));
    while (!blocks.isInBestChain(block)) {
      block = blocks.parent(block);
    }
    return block;
  }

  private List<NewTracker> findTrackers(SourceInventory inventory, BlockId last)
      throws MigrationException, BitcoindException {
    if (inventory.trackers().isEmpty()) {
      return List.of();
    }
    progress.accept("looking up the disputes and penalties of the trackers in bitcoind");
    int earliest = (int) Math.min(inventory.lowestStartBlock(), last.height());
    List<NewTracker> found =
        new TrackerFinder(chain, blocks, last.height(), earliest, force)
            .find(inventory.trackers(), progress, cancellation);
    Set<AppointmentKey> keys =
        found.stream().map(each -> each.tracker().key()).collect(Collectors.toSet());
    for (SourceRecord.Tracker tracker : inventory.trackers()) {
      if (keys.contains(new AppointmentKey(tracker.locator(), tracker.user()))) {
        continue;
      }
      if (tracker.startBlock().isEmpty()) {
        throw new MigrationException(
            MigrationException.Kind.SOURCE,
            tracker.key()
                + ": its dispute "
                + tracker.disputeTxid()
                + " is in no block and not in the mempool, and its appointment, which is needed to"
                + " watch for it, is missing. Its penalty is "
                + tracker.penaltyTxid());
      }
      progress.accept(
          tracker.key()
              + ": the dispute "
              + tracker.disputeTxid()
              + " is in no block and not in the mempool; its appointment is watched again");
    }
    return found;
  }
}
