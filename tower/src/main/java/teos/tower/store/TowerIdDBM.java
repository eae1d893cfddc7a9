package teos.tower.store;

import java.util.Optional;
import org.jdbi.v3.core.Handle;
import teos.protocol.PublicKey;

/** The id of the tower whose database it is. Each method is a part of its caller's transaction. */
public final class TowerIdDBM {

  /** The id, if one has been noted. */
  public Optional<PublicKey> load(Handle handle) {
    return handle
        .createQuery("SELECT public_key FROM tower_id WHERE id = 1")
        .map((row, context) -> PublicKey.ofTrusted(row.getBytes(1)))
        .findOne();
  }

  /** Notes the id, in the place of another. */
  public void store(Handle handle, PublicKey id) {
    handle.execute(
        "INSERT INTO tower_id (id, public_key) VALUES (1, ?)"
            + " ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key",
        (Object) id.bytes());
  }
}
