/** The daemon as a process: its log. */
@NullMarked
package teos.teosd.process;

import org.jspecify.annotations.NullMarked;
