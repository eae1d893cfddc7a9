/** Attacks by strangers on a tower, and tests that its users are not affected. */
@NullMarked
package teos.teosd.attack;

import org.jspecify.annotations.NullMarked;
