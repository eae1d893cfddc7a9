/** Assembly of the daemon from its components, with their startup checks and their status. */
@NullMarked
package teos.teosd.node;

import org.jspecify.annotations.NullMarked;
