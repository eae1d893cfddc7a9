/** Tables of the database, a class each: users, appointments, trackers, sessions, known blocks. */
@NullMarked
package teos.tower.store;

import org.jspecify.annotations.NullMarked;
