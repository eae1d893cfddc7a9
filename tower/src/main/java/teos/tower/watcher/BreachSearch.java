package teos.tower.watcher;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.Breach;
import teos.tower.responder.BreachDecryptor;
import teos.tower.responder.Dispute;
import teos.tower.responder.Responder;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Batches;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.WatchedAppointmentsDBM;
import teos.tower.store.WatchedAppointmentsDBM.StoredKey;

/**
 * Finds the appointments of disputes that have been seen, and passes their breaches to the {@link
 * Responder}.
 *
 * <p>Anyone may have stored anything under a locator, so memory and order must not depend on the
 * stored data: keys are read in pages, in a fair order between users ({@link
 * WatchedAppointmentsDBM#watchedKeys}); blobs and disputes are loaded in batches limited in bytes;
 * junk is collected by key, and deleted after the responses to the breaches of its page.
 * Appointments with a tracker and deleted ones are no longer watched, so the next query returns the
 * next page.
 *
 * <p>Thread-safe: two threads may find the same appointment, and its tracker is stored once.
 */
final class BreachSearch {

  /**
   * Keys read at once, about 8 MiB. Each page sorts all remaining keys, so it must not be small.
   */
  private static final int KEY_PAGE_SIZE = 32_000;

  /** Appointments in a batch; the tower responds to its breaches before it loads the next batch. */
  private static final int BATCH_SIZE = 250;

  private static final int BATCH_BYTES = WatchedAppointmentsDBM.BATCH_BYTES;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final Responder responder;
  private final JunkDeleter junkDeleter;
  private final WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();
  private final SessionsDBM sessions = new SessionsDBM();

  BreachSearch(
      Database database, AppointmentsDBM appointments, Gatekeeper gatekeeper, Responder responder) {
    this.database = database;
    this.appointments = appointments;
    this.responder = responder;
    this.junkDeleter = new JunkDeleter(database, appointments, gatekeeper);
  }

  /** Returns the locators of {@code txid} under which there may be an appointment. */
  List<Locator> candidateLocators(Txid txid) {
    List<Locator> candidates = List.of();
    for (LocatorKind kind : LocatorKind.ALL) {
      Locator locator = kind.of(txid);
      if (appointments.mightContain(locator)) {
        candidates = candidates.isEmpty() ? new ArrayList<>() : candidates;
        candidates.add(locator);
      }
    }
    return candidates;
  }

  /**
   * Responds to the disputes of all watched appointments with the locators {@code disputes}.
   *
   * @param disputes txid of the dispute for each locator
   * @return number of appointments found
   * @throws E if disputes cannot be read; their appointments are still watched
   */
  <E extends Exception> long answerBreaches(Map<Locator, Txid> disputes, DisputeReader<E> reader)
      throws E {
    Deque<List<Locator>> chunks = new ArrayDeque<>(chunks(disputes.keySet()));
    long found = 0;
    while (!chunks.isEmpty()) {
      List<Locator> locators = chunks.remove();
      List<StoredKey> keys =
          database.read(handle -> watched.watchedKeys(handle, locators, KEY_PAGE_SIZE));
      Page<E> page = new Page<>(disputes, reader);
      page.answer(keys);
      found += keys.size();
      if (keys.size() == KEY_PAGE_SIZE || page.newer) {
        chunks.add(locators.stream().filter(each -> !page.isMissing(each)).toList());
      }
    }
    return found;
  }

  private static List<List<Locator>> chunks(Collection<Locator> locators) {
    return locators.isEmpty()
        ? List.of()
        : Batches.ofBytes(List.copyOf(locators), locator -> 1, WatchedAppointmentsDBM.MAX_LOCATORS);
  }

  /** Processes one page of keys, batch by batch. */
  private final class Page<E extends Exception> {
    private final Map<Locator, Txid> disputes;
    private final DisputeReader<E> reader;

    /** Disputes that are not where they were seen. */
    private final Set<Txid> missing = new HashSet<>();

    private final List<JunkDeleter.Junk> junk = new ArrayList<>();

    /**
     * Whether users have replaced appointments meanwhile, whose new versions have not been
     * processed yet.
     */
    private boolean newer;

    Page(Map<Locator, Txid> disputes, DisputeReader<E> reader) {
      this.disputes = disputes;
      this.reader = reader;
    }

    private Txid txid(StoredKey stored) {
      return Objects.requireNonNull(disputes.get(stored.key().locator()));
    }

    boolean isMissing(Locator locator) {
      return missing.contains(disputes.get(locator));
    }

    void answer(List<StoredKey> keys) throws E {
      for (int from = 0; from < keys.size(); ) {
        int end = Batches.end(keys, from, StoredKey::blobLength, BATCH_BYTES);
        List<StoredKey> batch = keys.subList(from, Math.min(end, from + BATCH_SIZE));
        from += answerFirst(batch);
      }
      newer |= junkDeleter.delete(junk);
    }

    /**
     * Processes the first appointments of {@code batch}, as memory for disputes permits; returns
     * how many.
     */
    private int answerFirst(List<StoredKey> batch) throws E {
      List<Txid> txids =
          batch.stream()
              .map(this::txid)
              .distinct()
              .filter(txid -> !missing.contains(txid))
              .toList();
      Map<Txid, Dispute> read = new HashMap<>();
      if (!txids.isEmpty()) {
        List<Optional<Dispute>> found = reader.read(txids, BATCH_BYTES);
        for (int i = 0; i < found.size(); i++) {
          Txid txid = txids.get(i);
          found.get(i).ifPresentOrElse(dispute -> read.put(txid, dispute), () -> missing.add(txid));
        }
      }
      int count = 0;
      List<StoredKey> answerable = new ArrayList<>();
      for (StoredKey stored : batch) {
        if (read.containsKey(txid(stored))) {
          answerable.add(stored);
        } else if (!missing.contains(txid(stored))) {
          break; // left to the next batch
        }
        count++;
      }
      answer(answerable, read);
      return count;
    }

    private void answer(List<StoredKey> keys, Map<Txid, Dispute> read) {
      if (keys.isEmpty()) {
        return;
      }
      Map<AppointmentKey, StoredAppointment> loaded =
          database
              .read(
                  handle -> watched.loadWatched(handle, keys.stream().map(StoredKey::key).toList()))
              .stream()
              .collect(Collectors.toMap(StoredAppointment::key, Function.identity()));
      List<Breach> breaches = new ArrayList<>();
      for (StoredKey key : keys) {
        StoredAppointment stored = loaded.get(key.key());
        if (stored != null) { // else deleted, or processed by another thread
          BreachDecryptor.decrypt(
                  stored,
                  Objects.requireNonNull(read.get(txid(key))),
                  session -> database.read(handle -> sessions.load(handle, session)))
              .ifPresentOrElse(breaches::add, () -> junk.add(JunkDeleter.Junk.of(stored)));
        }
      }
      newer |= !responder.handleBreaches(breaches).isEmpty();
      reader.answered(breaches);
    }
  }
}
