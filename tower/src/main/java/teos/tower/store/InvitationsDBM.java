package teos.tower.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import teos.protocol.PublicKey;

/** Table of invitations to register. Each method is part of its caller's transaction. */
public final class InvitationsDBM {

  /** Invites {@code user}; does nothing if {@code user} is invited already. */
  public void store(Handle handle, PublicKey user, Instant at) {
    handle.execute(
        "INSERT INTO invitations (user_id, invited_at) VALUES (?, ?)"
            + " ON CONFLICT (user_id) DO NOTHING",
        user.bytes(),
        at.getEpochSecond());
  }

  /** Returns whether {@code user} is invited. */
  public boolean isInvited(Handle handle, PublicKey user) {
    return handle
        .createQuery("SELECT 1 FROM invitations WHERE user_id = ?")
        .bind(0, user.bytes())
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /** Withdraws an invitation; returns false if there was none. */
  public boolean delete(Handle handle, PublicKey user) {
    return handle.execute("DELETE FROM invitations WHERE user_id = ?", user.bytes()) == 1;
  }

  /** Returns up to {@code limit} invited users with ids after {@code after}, in ascending order. */
  public List<PublicKey> list(Handle handle, Optional<PublicKey> after, int limit) {
    return handle
        .createQuery("SELECT user_id FROM invitations WHERE user_id > ? ORDER BY user_id LIMIT ?")
        .bind(0, after.map(PublicKey::bytes).orElse(Queries.EMPTY_KEY))
        .bind(1, limit)
        .map((row, context) -> PublicKey.ofTrusted(row.getBytes(1)))
        .list();
  }
}
