/**
 * What lnd's watchtower makes of a blob that a client of it has sent, byte for byte: the client's
 * signatures are of exactly that transaction. Source: lnd's packages {@code watchtower/blob},
 * {@code watchtower/lookout}, {@code watchtower/wtpolicy} and {@code input}.
 */
@NullMarked
package teos.justice;

import org.jspecify.annotations.NullMarked;
