/** Users of the tower: admission, registration, slots, authentication, expiry and purge. */
@NullMarked
package teos.tower.gatekeeper;

import org.jspecify.annotations.NullMarked;
