/**
 * Tables of the tower, one class each: users, appointments, trackers, sessions, known blocks; and
 * the records that they store. Records such as {@link teos.tower.store.Tracker} and {@link
 * teos.tower.store.UserRecord} have the state transitions, which are pure functions: the caller
 * stores the result.
 */
@NullMarked
package teos.tower.store;

import org.jspecify.annotations.NullMarked;
