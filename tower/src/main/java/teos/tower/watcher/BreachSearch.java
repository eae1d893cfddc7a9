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
 * Finds the appointments of disputes that have been seen, and hands their breaches to the {@link
 * Responder}.
 *
 * <p>Anyone may have stored anything under a locator, so memory and order do not depend on what is
 * there: keys are listed by the page in a fair order between users ({@link
 * WatchedAppointmentsDBM#watchedKeys}), blobs and disputes are loaded in batches bounded in bytes,
 * and junk is remembered by its key, and deleted when the breaches of its page have been answered.
 * What has been answered or deleted is watched no more, so that the next page is the first of what
 * is left.
 *
 * <p>Safe for several threads: that two find the same appointment does no harm.
 */
final class BreachSearch {

  /**
   * Some 8 MiB of memory. Each page costs a look at all keys that are left, to put them in order.
   */
  private static final int KEYS_ON_PAGE = 32_000;

  /** Appointments in a batch: the breaches of the first are sent before the next is loaded. */
  private static final int BATCH = 250;

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

  /** The locators of {@code txid} under which there may be an appointment. */
  List<Locator> wanted(Txid txid) {
    List<Locator> wanted = List.of();
    for (LocatorKind kind : LocatorKind.ALL) {
      Locator locator = kind.of(txid);
      if (appointments.mayHold(locator)) {
        wanted = wanted.isEmpty() ? new ArrayList<>() : wanted;
        wanted.add(locator);
      }
    }
    return wanted;
  }

  /**
   * Answers all watched appointments for {@code wanted}.
   *
   * @param wanted locators, and the transaction that each is of
   * @return how many appointments were found
   * @throws E if disputes cannot be read; appointments that were not answered are still watched
   */
  <E extends Exception> long answer(Map<Locator, Txid> wanted, DisputeReader<E> disputes) throws E {
    Deque<List<Locator>> turns = new ArrayDeque<>(chunks(wanted.keySet()));
    long found = 0;
    while (!turns.isEmpty()) {
      List<Locator> locators = turns.remove();
      List<StoredKey> keys =
          database.read(handle -> watched.watchedKeys(handle, locators, KEYS_ON_PAGE));
      Page<E> page = new Page<>(wanted, disputes);
      page.answer(keys);
      found += keys.size();
      if (keys.size() == KEYS_ON_PAGE || page.newer) {
        turns.add(locators.stream().filter(each -> !page.isGone(each)).toList());
      }
    }
    return found;
  }

  private static List<List<Locator>> chunks(Collection<Locator> locators) {
    return locators.isEmpty()
        ? List.of()
        : Batches.ofBytes(List.copyOf(locators), locator -> 1, WatchedAppointmentsDBM.MAX_LOCATORS);
  }

  /** One page of keys, on its way through the batches. */
  private final class Page<E extends Exception> {
    private final Map<Locator, Txid> wanted;
    private final DisputeReader<E> disputes;
    private final Set<Txid> gone = new HashSet<>();
    private final List<JunkDeleter.Junk> junk = new ArrayList<>();

    /** Whether users have sent other versions meanwhile, which are not answered yet. */
    private boolean newer;

    Page(Map<Locator, Txid> wanted, DisputeReader<E> disputes) {
      this.wanted = wanted;
      this.disputes = disputes;
    }

    private Txid txid(StoredKey stored) {
      return Objects.requireNonNull(wanted.get(stored.key().locator()));
    }

    boolean isGone(Locator locator) {
      return gone.contains(wanted.get(locator));
    }

    void answer(List<StoredKey> keys) throws E {
      for (int from = 0; from < keys.size(); ) {
        int end = Batches.end(keys, from, StoredKey::blobLength, BATCH_BYTES);
        List<StoredKey> batch = keys.subList(from, Math.min(end, from + BATCH));
        from += answerFirst(batch);
      }
      newer |= junkDeleter.delete(junk);
    }

    /** Answers as many of {@code batch} as there is memory for disputes; returns how many. */
    private int answerFirst(List<StoredKey> batch) throws E {
      List<Txid> txids =
          batch.stream().map(this::txid).distinct().filter(txid -> !gone.contains(txid)).toList();
      Map<Txid, Dispute> read = new HashMap<>();
      if (!txids.isEmpty()) {
        List<Optional<Dispute>> found = disputes.read(txids, BATCH_BYTES);
        for (int i = 0; i < found.size(); i++) {
          Txid txid = txids.get(i);
          found.get(i).ifPresentOrElse(dispute -> read.put(txid, dispute), () -> gone.add(txid));
        }
      }
      int count = 0;
      List<StoredKey> answerable = new ArrayList<>();
      for (StoredKey stored : batch) {
        if (read.containsKey(txid(stored))) {
          answerable.add(stored);
        } else if (!gone.contains(txid(stored))) {
          break; // its turn is in the next batch
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
        if (stored != null) { // else deleted meanwhile, or answered by another thread
          BreachDecryptor.open(
                  stored,
                  Objects.requireNonNull(read.get(txid(key))),
                  session -> database.read(handle -> sessions.load(handle, session)))
              .ifPresentOrElse(breaches::add, () -> junk.add(JunkDeleter.Junk.of(stored)));
        }
      }
      newer |= !responder.handleBreaches(breaches).isEmpty();
      disputes.answered(breaches);
    }
  }
}
