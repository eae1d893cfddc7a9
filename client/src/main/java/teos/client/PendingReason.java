package teos.client;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import teos.client.wire.TowerError;

/**
 * Why an appointment is still queued.
 *
 * @param message for the user
 * @param retryAfter delay that the tower asks for
 */
public record PendingReason(Kind kind, String message, Optional<Duration> retryAfter) {

  /** Kinds of reasons, each with its own remedy. */
  public enum Kind {
    /** The tower does not answer. */
    UNREACHABLE,
    /** The tower accepts nothing at the moment. */
    BUSY,
    /** The response is not one that a tower gives. */
    UNEXPECTED_RESPONSE,
    /** The subscription has ended or has too few slots. Registering again sends the queue. */
    SUBSCRIPTION,
    /** The tower has misbehaved. Registering again clears the mark and sends the queue. */
    MISBEHAVING,
    /** An earlier version of the same appointment is queued. */
    EARLIER_VERSION_QUEUED,
    /** Another thread or process is sending this queue. */
    ANOTHER_SENDER
  }

  static PendingReason of(Kind kind, String message) {
    return new PendingReason(kind, message, Optional.empty());
  }

  static PendingReason of(TowerError error) {
    Kind kind =
        switch (error.kind()) {
          case BUSY -> Kind.BUSY;
          case SUBSCRIPTION -> Kind.SUBSCRIPTION;
          case UNEXPECTED, NOT_FOUND, PERMANENT -> Kind.UNEXPECTED_RESPONSE;
        };
    return new PendingReason(kind, error.toString(), error.retryAfter());
  }

  /** Returns the delay before the next attempt: the tower's if it is longer than the backoff. */
  public Duration retryDelay(Backoff backoff, int failures, RandomGenerator random) {
    Duration delay = backoff.delay(failures, random);
    return retryAfter.filter(requested -> requested.compareTo(delay) > 0).orElse(delay);
  }

  /** Returns whether a retry may succeed without action by the user. */
  public boolean isTransient() {
    return switch (kind) {
      case UNREACHABLE, BUSY, UNEXPECTED_RESPONSE, ANOTHER_SENDER, EARLIER_VERSION_QUEUED -> true;
      case SUBSCRIPTION, MISBEHAVING -> false;
    };
  }
}
