/**
 * The plugin {@code teos-cln} for Core Lightning: sends every revoked state to the user's towers.
 */
@NullMarked
package teos.cln;

import org.jspecify.annotations.NullMarked;
