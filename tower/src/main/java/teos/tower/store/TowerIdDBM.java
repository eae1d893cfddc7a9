package teos.tower.store;

import java.util.Optional;
import org.jdbi.v3.core.Handle;
import teos.protocol.PublicKey;

/**
 * Id of the tower that the database belongs to. Each method is part of its caller's transaction.
 */
public final class TowerIdDBM {

  /** Returns the stored id; empty in a new database. */
  public Optional<PublicKey> load(Handle handle) {
    return handle
        .createQuery("SELECT public_key FROM tower_id WHERE id = 1")
        .map((row, context) -> PublicKey.ofTrusted(row.getBytes(1)))
        .findOne();
  }

  /** Stores the id or replaces it. */
  public void store(Handle handle, PublicKey id) {
    handle.execute(
        "INSERT INTO tower_id (id, public_key) VALUES (1, ?)"
            + " ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key",
        (Object) id.bytes());
  }
}
