/** The server for lnd's watchtower clients: BOLT 8's transport, and wtwire's messages over it. */
@NullMarked
package teos.teosd.lnd;

import org.jspecify.annotations.NullMarked;
