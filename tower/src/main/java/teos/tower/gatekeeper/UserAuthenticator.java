package teos.tower.gatekeeper;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.store.UserRecord;
import teos.tower.store.UserRecord.Usage;
import teos.tower.store.UsersDBM;

/** Finds the registered user who signed a message, and records that the key is in use. */
final class UserAuthenticator {

  private static final int MAX_CACHED_SIGNERS = 10_000;
  private static final int SIGNER_TTL_SECONDS = 2;

  private final Database database;
  private final UsersDBM users;
  private final UserDirectory directory;

  /** Saves a database read for each of many appointments of one user. */
  private final Cache<PublicKey, Signer> signers =
      CacheBuilder.newBuilder()
          .maximumSize(MAX_CACHED_SIGNERS)
          .expireAfterWrite(SIGNER_TTL_SECONDS, TimeUnit.SECONDS)
          .build();

  UserAuthenticator(Database database, UsersDBM users, UserDirectory directory) {
    this.database = database;
    this.users = users;
    this.directory = directory;
  }

  /** See {@link Gatekeeper#authenticate}. */
  Optional<UserRecord> authenticate(byte[] message, String signature) {
    Optional<UserRecord> known = recover(message, signature).flatMap(this::user);
    known.ifPresent(user -> directory.recordSeen(user.id()));
    return known.map(user -> user.usage() == Usage.UNUSED ? markUsed(user) : user);
  }

  private UserRecord markUsed(UserRecord user) {
    UserRecord used = user.used(user.dialect());
    database.execute(
        handle -> {
          users
              .load(handle, user.id())
              .filter(now -> now.usage() == Usage.UNUSED)
              .ifPresent(now -> users.update(handle, List.of(now.used(now.dialect()))));
        });
    return used;
  }

  /** See {@link Gatekeeper#signer}. */
  Optional<Signer> signer(byte[] message, String signature) {
    return recover(message, signature).flatMap(this::signer);
  }

  private Optional<Signer> signer(PublicKey id) {
    Signer cached = signers.getIfPresent(id);
    if (cached != null) {
      return Optional.of(cached);
    }
    Optional<Signer> stored = user(id).map(user -> new Signer(id, user.dialect()));
    stored.ifPresent(
        signer -> {
          signers.put(id, signer);
          directory.recordSeen(id);
        });
    return stored;
  }

  /** Drops {@code ids} from the cache: they have been deleted or their dialect may have changed. */
  void invalidate(Collection<PublicKey> ids) {
    signers.invalidateAll(ids);
  }

  private Optional<UserRecord> user(PublicKey id) {
    return database.read(handle -> users.load(handle, id));
  }

  private static Optional<PublicKey> recover(byte[] message, String signature) {
    try {
      return Optional.of(MessageSignature.recover(message, signature));
    } catch (InvalidSignatureException e) {
      return Optional.empty();
    }
  }
}
