/** The commands of teosd that do not run a tower: stop, backup, restore and import. */
@NullMarked
package teos.teosd.command;

import org.jspecify.annotations.NullMarked;
