/**
 * bitcoind as the tower sees it: its JSON-RPC, its ZMQ feed, and the best chain followed block by
 * block. Hashes of blocks are strings in display order, as bitcoind writes them.
 */
@NullMarked
package teos.bitcoin;

import org.jspecify.annotations.NullMarked;
