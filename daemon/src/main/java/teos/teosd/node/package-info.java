/** What the daemon's node consists of: its parts, their checks, and their status. */
@NullMarked
package teos.teosd.node;

import org.jspecify.annotations.NullMarked;
