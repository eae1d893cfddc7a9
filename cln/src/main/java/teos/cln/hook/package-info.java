/** The hook {@code commitment_revocation}. */
@NullMarked
package teos.cln.hook;

import org.jspecify.annotations.NullMarked;
