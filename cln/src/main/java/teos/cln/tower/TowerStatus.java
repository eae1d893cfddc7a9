package teos.cln.tower;

import java.util.Locale;

/** Status of a tower, as rust-teos's plugin reports it. */
public enum TowerStatus {
  /** The tower accepts appointments, as far as known. */
  REACHABLE,
  /** The last attempt failed; the queue is retried with backoff. */
  TEMPORARY_UNREACHABLE,
  /** Retries have failed for too long; the next one is hours away. */
  UNREACHABLE,
  /** The tower refuses the subscription, and could not be registered with again. */
  SUBSCRIPTION_ERROR,
  /** The tower has broken its word; nothing is sent until the user registers again. */
  MISBEHAVING;

  /** Returns the form used in answers, such as {@code temporary_unreachable}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
