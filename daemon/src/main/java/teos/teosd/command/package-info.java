/** Commands of teosd that run no tower: stop, backup, restore and import. */
@NullMarked
package teos.teosd.command;

import org.jspecify.annotations.NullMarked;
