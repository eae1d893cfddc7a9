/** The tower's signatures. */
@NullMarked
package teos.teosd.signing;

import org.jspecify.annotations.NullMarked;
