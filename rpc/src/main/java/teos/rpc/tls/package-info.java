/**
 * Mutual TLS between the tower and its operator, with the same files as rust-teos: the tower's own
 * CA, which issues a certificate for each side.
 */
@NullMarked
package teos.rpc.tls;

import org.jspecify.annotations.NullMarked;
