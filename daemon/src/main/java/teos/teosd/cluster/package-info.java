/**
 * Several towers on one PostgreSQL database: who watches the chain, and what the others have
 * stored.
 */
@NullMarked
package teos.teosd.cluster;

import org.jspecify.annotations.NullMarked;
