/**
 * The client's folder: key, towers, receipts, what waits to be sent, what was refused, proofs.
 * Every file is written whole and synced before anything is done that relies on it.
 */
@NullMarked
package teos.client.store;

import org.jspecify.annotations.NullMarked;
