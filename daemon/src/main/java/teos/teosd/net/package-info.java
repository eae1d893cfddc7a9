/** Limits on connections and rates, used by all ports. */
@NullMarked
package teos.teosd.net;

import org.jspecify.annotations.NullMarked;
