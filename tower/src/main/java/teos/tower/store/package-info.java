/** What the tower keeps: users, appointments, trackers and the last block seen, in one database. */
@NullMarked
package teos.tower.store;

import org.jspecify.annotations.NullMarked;
