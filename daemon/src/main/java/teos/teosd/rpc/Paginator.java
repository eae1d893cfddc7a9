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
import teos.tower.inventory.Inventory;
import teos.tower.inventory.InventoryEntry;
import teos.tower.store.SessionRecord;
import teos.tower.store.UserRecord;

/**
 * Splits long lists into pages. A page's token says where the next page begins, so the tower keeps
 * no state between calls. Without a page size a call asks for everything in one response, as the
 * reference towers' programs do; if that does not fit, the call fails instead of silently returning
 * a part.
 */
final class Paginator {

  /** Most entries on a page, also if the call asks for more. */
  static final int MAX_ENTRIES = 10_000;

  /** Largest page, in bytes; a single entry may be larger. */
  private static final int PAGE_BYTES = 1024 * 1024;

  /** Bytes reserved for a response's other fields. */
  private static final int RESERVED_BYTES = 64 * 1024;

  private static final int ENTRY_OVERHEAD = 8;

  /** Longest list that is built at once; longer ones wait for their turn. */
  private static final int MAX_SHORT_LIST = 10_000;

  private final Inventory inventory;
  private final LongResponses longResponses;

  Paginator(Inventory inventory, LongResponses longResponses) {
    this.inventory = inventory;
    this.longResponses = longResponses;
  }

  /** Requested page: {@code size} entries (u32, 0 for all) from {@code token} on. */
  record PageRequest(int size, ByteString token) {

    boolean all() {
      return size == 0;
    }

    int maxEntries(int fitting) {
      return all() ? fitting : (int) Math.min(Integer.toUnsignedLong(size), MAX_ENTRIES);
    }
  }

  /** Page with the token of the next page, which is empty on the last page. */
  record Page<T>(List<T> entries, ByteString next) {}

  /** Returns appointments of all users, or only those for the locator {@code only}. */
  <T extends MessageLite> Page<T> appointments(
      PageRequest request,
      Optional<Locator> only,
      Function<InventoryEntry, T> render,
      StreamObserver<?> to)
      throws StatusException {
    if (request.all()) {
      longResponses.awaitTurn(to);
    }
    PageBuilder<T> page = new PageBuilder<>(request, render);
    boolean complete = inventory.visit(cursor(request.token()), only, page::add);
    if (complete) {
      return new Page<>(page.entries, ByteString.EMPTY);
    }
    if (request.all()) {
      throw UnaryCalls.tooMany("The appointments");
    }
    return new Page<>(page.entries, ByteString.copyFrom(page.lastCursor().toBytes()));
  }

  /** Collects rendered entries until a page is full. */
  private static final class PageBuilder<T extends MessageLite> {
    final List<T> entries = new ArrayList<>();
    private final Function<InventoryEntry, T> render;
    private final int maxEntries;
    private final int maxBytes;
    private int bytes;
    private @Nullable Cursor last;

    PageBuilder(PageRequest request, Function<InventoryEntry, T> render) {
      this.render = render;
      this.maxEntries = request.maxEntries(Integer.MAX_VALUE);
      this.maxBytes = request.all() ? UnaryCalls.MAX_MESSAGE - RESERVED_BYTES : PAGE_BYTES;
    }

    /** Adds an entry; returns false if it does not fit. */
    boolean add(InventoryEntry entry) {
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

    Cursor lastCursor() {
      if (last == null) {
        throw new IllegalStateException("a page has at least one entry");
      }
      return last;
    }
  }

  private static @Nullable Cursor cursor(ByteString token) throws StatusException {
    try {
      return token.isEmpty() ? null : Cursor.parse(token.toByteArray());
    } catch (IllegalArgumentException e) {
      throw invalidToken();
    }
  }

  /**
   * Returns the ids of all users.
   *
   * @param bytesEach bytes of an id in the response
   */
  Page<PublicKey> users(PageRequest request, int bytesEach, StreamObserver<?> to)
      throws StatusException {
    Optional<PublicKey> after = after(request.token(), PublicKey::ofTrusted);
    int limit = request.maxEntries(entriesThatFit(bytesEach));
    return cut(request, list(limit + 1, n -> inventory.users(after, n), to), limit, "The users");
  }

  /**
   * Runs {@code query} for up to {@code limit} entries, after waiting for a turn if there are many.
   */
  private <T> List<T> list(int limit, IntFunction<List<T>> query, StreamObserver<?> to)
      throws StatusException {
    if (limit > MAX_SHORT_LIST + 1) {
      List<T> first = query.apply(MAX_SHORT_LIST + 1);
      if (first.size() <= MAX_SHORT_LIST) {
        return first;
      }
      longResponses.awaitTurn(to);
    }
    return query.apply(limit);
  }

  /** Returns the locators of a user's appointments. */
  Page<Locator> locators(PageRequest request, UserRecord user, int bytesEach, StreamObserver<?> to)
      throws StatusException {
    Optional<Locator> after = after(request.token(), Locator::new);
    int limit = request.maxEntries(entriesThatFit(bytesEach));
    return cut(
        request,
        list(limit + 1, n -> inventory.locatorsOf(user.id(), after, n), to),
        limit,
        "The user's appointments");
  }

  /** Returns sessions of lnd's clients; without a page size, a page of the maximum size. */
  Page<SessionRecord> sessions(PageRequest request, InternalApi tower) throws StatusException {
    Optional<PublicKey> after = after(request.token(), PublicKey::ofTrusted);
    int limit = request.maxEntries(MAX_ENTRIES);
    return cut(tower.sessions(after, limit + 1), limit, SessionRecord::id);
  }

  /** Returns invited users; without a page size, a page of the maximum size. */
  Page<PublicKey> invitations(PageRequest request, Admission admission) throws StatusException {
    Optional<PublicKey> after = after(request.token(), PublicKey::ofTrusted);
    int limit = request.maxEntries(MAX_ENTRIES);
    return cut(admission.invited(after, limit + 1), limit, user -> user);
  }

  private static <T> Page<T> cut(List<T> found, int limit, Function<T, PublicKey> id) {
    if (found.size() <= limit) {
      return new Page<>(found, ByteString.EMPTY);
    }
    List<T> page = found.subList(0, limit);
    return new Page<>(page, ByteString.copyFrom(id.apply(page.getLast()).bytes()));
  }

  private static int entriesThatFit(int bytesEach) {
    return (UnaryCalls.MAX_MESSAGE - RESERVED_BYTES) / bytesEach;
  }

  private static <K extends FixedBytes> Optional<K> after(ByteString token, Function<byte[], K> key)
      throws StatusException {
    try {
      return token.isEmpty() ? Optional.empty() : Optional.of(key.apply(token.toByteArray()));
    } catch (IllegalArgumentException e) {
      throw invalidToken();
    }
  }

  private static StatusException invalidToken() {
    return UnaryCalls.invalid("page_token is not the next_page_token of an earlier response");
  }

  private static <K extends FixedBytes> Page<K> cut(
      PageRequest request, List<K> found, int limit, String what) throws StatusException {
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
