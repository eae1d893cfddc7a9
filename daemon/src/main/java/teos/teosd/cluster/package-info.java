/** Several towers on one PostgreSQL database: leader election, and changes by other processes. */
@NullMarked
package teos.teosd.cluster;

import org.jspecify.annotations.NullMarked;
