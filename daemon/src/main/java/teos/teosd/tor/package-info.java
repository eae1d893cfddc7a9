/** Onion service for the public ports, through the control port of a Tor on the same machine. */
@NullMarked
package teos.teosd.tor;

import org.jspecify.annotations.NullMarked;
