/**
 * The client's folder: key, towers, receipts, proofs, queued and rejected appointments. Each file
 * is replaced atomically and synced before anything relies on it.
 */
@NullMarked
package teos.client.store;

import org.jspecify.annotations.NullMarked;
