package teos.client;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import teos.client.wire.TowerError;

/**
 * Why appointments stay in the queue.
 *
 * @param why for the user
 * @param retryAfter how long the tower asks to be left alone
 */
public record PendingReason(Kind kind, String message, Optional<Duration> retryAfter) {

  /** What has to change. */
  public enum Kind {
    /** There is no answer. */
    UNREACHABLE,
    /** The tower cannot take anything now. */
    BUSY,
    /** The answer is not a tower's, or not one that can be understood. */
    UNEXPECTED_RESPONSE,
    /** The subscription has ended or has too few slots: registering again sends the queue. */
    SUBSCRIPTION,
    /** The tower has been seen to do wrong: registering again clears that. */
    MISBEHAVING,
    /** An earlier version of the same appointment waits. */
    EARLIER_VERSION_QUEUED,
    /** Another thread or process is sending to this tower, and sends this too. */
    ANOTHER_SENDER
  }

  static PendingReason of(Kind reason, String why) {
    return new PendingReason(reason, why, Optional.empty());
  }

  static PendingReason of(TowerError refusal) {
    Kind reason =
        switch (refusal.kind()) {
          case BUSY -> Kind.BUSY;
          case SUBSCRIPTION -> Kind.SUBSCRIPTION;
          case UNEXPECTED, NOT_FOUND, PERMANENT -> Kind.UNEXPECTED_RESPONSE;
        };
    return new PendingReason(reason, refusal.toString(), refusal.retryAfter());
  }

  /** How long to wait before trying again: what the tower asks for, or else the backoff. */
  public Duration retryDelay(Backoff backoff, int failures, RandomGenerator random) {
    Duration usual = backoff.delay(failures, random);
    return retryAfter.filter(asked -> asked.compareTo(usual) > 0).orElse(usual);
  }

  /** Whether it may pass without the user's doing anything. */
  public boolean isTransient() {
    return switch (kind) {
      case UNREACHABLE, BUSY, UNEXPECTED_RESPONSE, ANOTHER_SENDER, EARLIER_VERSION_QUEUED -> true;
      case SUBSCRIPTION, MISBEHAVING -> false;
    };
  }
}
