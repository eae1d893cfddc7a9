/**
 * Mutual TLS between the tower and its operator. The files are those of rust-teos: a CA of the
 * tower's own, and a certificate by it for either side.
 */
@NullMarked
package teos.rpc.tls;

import org.jspecify.annotations.NullMarked;
