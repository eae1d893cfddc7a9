/** Limits on connections and rates, shared by all ports. */
@NullMarked
package teos.teosd.net;

import org.jspecify.annotations.NullMarked;
