/** The commands of teosd: running a tower (the default), stop, backup, restore and import. */
@NullMarked
package teos.teosd.command;

import org.jspecify.annotations.NullMarked;
