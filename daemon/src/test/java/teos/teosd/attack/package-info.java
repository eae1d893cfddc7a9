/** What strangers do to a tower, and the check that its users do not suffer from it. */
@NullMarked
package teos.teosd.attack;

import org.jspecify.annotations.NullMarked;
