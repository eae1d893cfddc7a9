package teos.teosd.api;

/** Result of counting a request against a rate limit. */
public sealed interface RateLimitResult {

  /** The request is within the limit and has been counted. */
  record Granted() implements RateLimitResult {}

  /**
   * The request exceeds the limit and has not been counted.
   *
   * @param error a sentence for the client
   * @param retryAfterSeconds when the limit has room again
   */
  record Exceeded(String error, long retryAfterSeconds) implements RateLimitResult {}
}
