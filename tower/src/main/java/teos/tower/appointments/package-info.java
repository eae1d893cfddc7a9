/** Stores, deletes and returns users' appointments. */
@NullMarked
package teos.tower.appointments;

import org.jspecify.annotations.NullMarked;
