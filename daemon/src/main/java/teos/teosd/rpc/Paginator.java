package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import teos.protocol.FixedBytes;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.api.InternalApi;
import teos.tower.gatekeeper.Admission;
import teos.tower.inventory.Cursor;
import teos.tower.inventory.Entry;
import teos.tower.inventory.Inventory;
import teos.tower.store.SessionRecord;
import teos.tower.store.UserRecord;

/**
 * Cuts long answers into pages. A page's token says where the next one begins, so the tower keeps
 * nothing between two calls. Without a page size all is asked for in one answer, as the reference
 * towers' programs do; where that does not fit, it is refused rather than cut short unnoticed.
 */
final class Paginator {

  /** The most entries on a page; who asks for more gets so many. */
  static final int MAX_ENTRIES = 10_000;

  /** Bytes after which a page ends; one entry alone may be larger. */
  private static final int PAGE_BYTES = 1024 * 1024;

  /** Room for an answer's other fields. */
  private static final int MARGIN = 64 * 1024;

  private static final int ENTRY_OVERHEAD = 8;

  /** A list of up to so many entries is built whenever it is asked for; longer ones wait. */
  private static final int SHORT = 10_000;

  private final Inventory inventory;
  private final LongResponses longOnes;

  Paginator(Inventory inventory, LongResponses longOnes) {
    this.inventory = inventory;
    this.longOnes = longOnes;
  }

  /** What is asked for: {@code size} entries (u32, 0 for all), from {@code token} on. */
  record Request(int size, ByteString token) {

    boolean all() {
      return size == 0;
    }

    int entries(int fitting) {
      return all() ? fitting : (int) Math.min(Integer.toUnsignedLong(size), MAX_ENTRIES);
    }
  }

  /** A page, and the token of the next one: empty if there is none. */
  record Page<T>(List<T> entries, ByteString next) {}

  /** Appointments of all users, or those with the locator {@code only}. */
  <T extends MessageLite> Page<T> appointments(
      Request request, Optional<Locator> only, Function<Entry, T> render, StreamObserver<?> to)
      throws StatusException {
    if (request.all()) {
      longOnes.await(to);
    }
    Collector<T> page = new Collector<>(request, render);
    boolean all = inventory.walk(cursor(request.token()), only, page::takes);
    if (all) {
      return new Page<>(page.entries, ByteString.EMPTY);
    }
    if (request.all()) {
      throw UnaryCalls.tooMany("The appointments");
    }
    return new Page<>(page.entries, ByteString.copyFrom(page.end().toBytes()));
  }

  private static final class Collector<T extends MessageLite> {
    final List<T> entries = new ArrayList<>();
    private final Function<Entry, T> render;
    private final int maxEntries;
    private final int maxBytes;
    private int bytes;
    private @Nullable Cursor last;

    Collector(Request request, Function<Entry, T> render) {
      this.render = render;
      this.maxEntries = request.entries(Integer.MAX_VALUE);
      this.maxBytes = request.all() ? UnaryCalls.MAX_MESSAGE - MARGIN : PAGE_BYTES;
    }

    boolean takes(Entry entry) {
      if (entries.size() >= maxEntries || (bytes >= maxBytes && !entries.isEmpty())) {
        return false;
      }
      T rendered = render.apply(entry);
      int size = rendered.getSerializedSize() + ENTRY_OVERHEAD;
      if (bytes + size > maxBytes && !entries.isEmpty()) {
        return false;
      }
      bytes += size;
      entries.add(rendered);
      last = entry.cursor();
      return true;
    }

    Cursor end() {
      if (last == null) {
        throw new IllegalStateException("a page takes one entry at least");
      }
      return last;
    }
  }

  private static @Nullable Cursor cursor(ByteString token) throws StatusException {
    try {
      return token.isEmpty() ? null : Cursor.of(token.toByteArray());
    } catch (IllegalArgumentException e) {
      throw badToken();
    }
  }

  /**
   * The ids of all users.
   *
   * @param bytesEach that an id takes in the answer
   */
  Page<PublicKey> users(Request request, int bytesEach, StreamObserver<?> to)
      throws StatusException {
    Optional<PublicKey> after = after(request.token(), PublicKey::ofTrusted);
    int limit = request.entries(fitting(bytesEach));
    return cut(request, list(limit + 1, n -> inventory.users(after, n), to), limit, "The users");
  }

  /** Up to {@code limit} entries of {@code query}: in its turn if there are many. */
  private <T> List<T> list(int limit, IntFunction<List<T>> query, StreamObserver<?> to)
      throws StatusException {
    if (limit > SHORT + 1) {
      List<T> first = query.apply(SHORT + 1);
      if (first.size() <= SHORT) {
        return first;
      }
      longOnes.await(to);
    }
    return query.apply(limit);
  }

  /** The locators of a user's appointments. */
  Page<Locator> locators(Request request, UserRecord user, int bytesEach, StreamObserver<?> to)
      throws StatusException {
    Optional<Locator> after = after(request.token(), Locator::new);
    int limit = request.entries(fitting(bytesEach));
    return cut(
        request,
        list(limit + 1, n -> inventory.locatorsOf(user.id(), after, n), to),
        limit,
        "The user's appointments");
  }

  /** Sessions of lnd's clients; without a page size as many as a page has at most. */
  Page<SessionRecord> sessions(Request request, InternalApi tower) throws StatusException {
    Optional<PublicKey> after = after(request.token(), PublicKey::ofTrusted);
    int limit = request.entries(MAX_ENTRIES);
    return cut(tower.sessions(after, limit + 1), limit, SessionRecord::id);
  }

  /** Those who are invited; without a page size as many as a page has at most. */
  Page<PublicKey> invitations(Request request, Admission admission) throws StatusException {
    Optional<PublicKey> after = after(request.token(), PublicKey::ofTrusted);
    int limit = request.entries(MAX_ENTRIES);
    return cut(admission.invited(after, limit + 1), limit, user -> user);
  }

  private static <T> Page<T> cut(List<T> found, int limit, Function<T, PublicKey> id) {
    if (found.size() <= limit) {
      return new Page<>(found, ByteString.EMPTY);
    }
    List<T> page = found.subList(0, limit);
    return new Page<>(page, ByteString.copyFrom(id.apply(page.getLast()).bytes()));
  }

  private static int fitting(int bytesEach) {
    return (UnaryCalls.MAX_MESSAGE - MARGIN) / bytesEach;
  }

  private static <K extends FixedBytes> Optional<K> after(ByteString token, Function<byte[], K> key)
      throws StatusException {
    try {
      return token.isEmpty() ? Optional.empty() : Optional.of(key.apply(token.toByteArray()));
    } catch (IllegalArgumentException e) {
      throw badToken();
    }
  }

  private static StatusException badToken() {
    return UnaryCalls.invalid("page_token is not the next_page_token of an earlier answer");
  }

  private static <K extends FixedBytes> Page<K> cut(
      Request request, List<K> found, int limit, String what) throws StatusException {
    if (found.size() <= limit) {
      return new Page<>(found, ByteString.EMPTY);
    }
    if (request.all()) {
      throw UnaryCalls.tooMany(what);
    }
    List<K> page = found.subList(0, limit);
    return new Page<>(page, ByteString.copyFrom(page.getLast().bytes()));
  }
}
