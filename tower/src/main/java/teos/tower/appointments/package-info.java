/** Takes users' appointments, deletes them, and answers questions about them. */
@NullMarked
package teos.tower.appointments;

import org.jspecify.annotations.NullMarked;
