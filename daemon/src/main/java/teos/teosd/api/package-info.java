/**
 * Single entrance to the tower. {@link teos.teosd.api.InternalApi} makes all policy decisions on
 * users' requests and returns sealed results; the protocols only translate them.
 */
@NullMarked
package teos.teosd.api;

import org.jspecify.annotations.NullMarked;
