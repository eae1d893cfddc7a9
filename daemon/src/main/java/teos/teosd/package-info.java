/** teosd, the daemon: the parts put together, started and stopped. */
@NullMarked
package teos.teosd;

import org.jspecify.annotations.NullMarked;
