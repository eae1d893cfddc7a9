package teos.tower.store;

import java.util.Collection;
import org.jdbi.v3.core.Handle;

/**
 * Outbox of a front end: records stored appointments, in the transaction that stores them, for the
 * process that watches.
 */
@FunctionalInterface
public interface Outbox {

  /** Outbox of the watching process itself, which needs none. */
  Outbox NONE = (handle, stored) -> {};

  /** Records {@code stored} as a part of the caller's transaction. */
  void add(Handle handle, Collection<AppointmentKey> stored);
}
