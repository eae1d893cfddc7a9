/**
 * Justice transactions from the blobs of lnd's watchtower clients. They must be identical to lnd's,
 * byte for byte, because the client has signed exactly that transaction. Source: lnd's packages
 * {@code watchtower/blob}, {@code watchtower/lookout}, {@code watchtower/wtpolicy} and {@code
 * input}.
 */
@NullMarked
package teos.justice;

import org.jspecify.annotations.NullMarked;
