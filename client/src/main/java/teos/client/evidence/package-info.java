/**
 * Receipts, proofs of misbehaviour, and their verification by anyone, without folder, key or
 * network.
 */
@NullMarked
package teos.client.evidence;

import org.jspecify.annotations.NullMarked;
