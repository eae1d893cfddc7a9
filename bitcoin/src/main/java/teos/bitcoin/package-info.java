/**
 * Access to bitcoind: its JSON-RPC, its ZMQ feeds, and a monitor that follows the best chain block
 * by block. Block hashes are hex strings in display order, as bitcoind's RPC writes them.
 */
@NullMarked
package teos.bitcoin;

import org.jspecify.annotations.NullMarked;
