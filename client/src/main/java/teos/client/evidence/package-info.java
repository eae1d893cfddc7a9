/**
 * What a tower has signed, and what can be shown to others with it: receipts, proofs of
 * misbehaviour, and their check without folder, key or network.
 */
@NullMarked
package teos.client.evidence;

import org.jspecify.annotations.NullMarked;
