/** The daemon as a process: its folder, its log, signals, and the background. */
@NullMarked
package teos.teosd.process;

import org.jspecify.annotations.NullMarked;
