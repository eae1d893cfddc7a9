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
public record PendingReason(Reason reason, String why, Optional<Duration> retryAfter) {

  /** What has to change. */
  public enum Reason {
    /** There is no answer. */
    UNREACHABLE,
    /** The tower cannot take anything now. */
    BUSY,
    /** The answer is not a tower's, or not one that can be understood. */
    ODD_ANSWER,
    /** The subscription has ended or has too few slots: registering again sends the queue. */
    SUBSCRIPTION,
    /** The tower has been seen to do wrong: registering again clears that. */
    MISBEHAVING,
    /** An earlier version of the same appointment waits. */
    BEHIND_EARLIER,
    /** Another thread or process is sending to this tower, and sends this too. */
    ANOTHER_SENDER
  }

  static PendingReason of(Reason reason, String why) {
    return new PendingReason(reason, why, Optional.empty());
  }

  static PendingReason of(TowerError refusal) {
    Reason reason =
        switch (refusal.kind()) {
          case BUSY -> Reason.BUSY;
          case SUBSCRIPTION -> Reason.SUBSCRIPTION;
          case ODD, NOT_FOUND, FOR_GOOD -> Reason.ODD_ANSWER;
        };
    return new PendingReason(reason, refusal.toString(), refusal.retryAfter());
  }

  /** How long to wait before trying again: what the tower asks for, or else the backoff. */
  public Duration wait(Backoff backoff, int failures, RandomGenerator random) {
    Duration usual = backoff.after(failures, random);
    return retryAfter.filter(asked -> asked.compareTo(usual) > 0).orElse(usual);
  }

  /** Whether it may pass without the user's doing anything. */
  public boolean mayPass() {
    return switch (reason) {
      case UNREACHABLE, BUSY, ODD_ANSWER, ANOTHER_SENDER, BEHIND_EARLIER -> true;
      case SUBSCRIPTION, MISBEHAVING -> false;
    };
  }
}
