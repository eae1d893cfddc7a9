package teos.cln.tower;

import java.time.Duration;
import teos.client.Backoff;

/**
 * When a tower that does not accept appointments is retried.
 *
 * @param backoff delays between attempts
 * @param maxRetryTime time without success after which retries stop
 * @param autoRetryDelay time after which they start again
 */
public record RetryPolicy(Backoff backoff, Duration maxRetryTime, Duration autoRetryDelay) {}
