/**
 * A wallet's watchtower client. {@link teos.client.TowerClient} is the entry point: it encrypts,
 * signs and sends appointments, verifies and saves their receipts, and retries what a tower has not
 * accepted.
 */
@NullMarked
package teos.client;

import org.jspecify.annotations.NullMarked;
